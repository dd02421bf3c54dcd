import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installed } from '../../support/installed.ts';
import { projectFolder } from './installations.ts';

/** Engines of older versions: the last 1.x, and those of 2.x that differ in what the node uses. */
const engines = [
  { n8n: '1.123.81', core: '1.122.48', workflow: '1.120.31' },
  { n8n: '2.0.3', core: '2.0.2', workflow: '2.0.1' },
  { n8n: '2.4.8', core: '2.4.4', workflow: '2.4.3' },
  { n8n: '2.6.4', core: '2.6.2', workflow: '2.6.1' },
];

const testsInEngine = ['clone', 'inputs', 'once'].map((name) => `test/n8n-node/${name}.test.ts`);

it.each(engines)('the tests pass in the engine of n8n $n8n, too', ({ core, workflow }) => {
  const engine = installed(`n8n-core-${core}`, [`n8n-core@${core}`, `n8n-workflow@${workflow}`]);
  const vitest = join(projectFolder, 'node_modules/vitest/vitest.mjs');
  const { status, stdout } = spawnSync(
    process.execPath,
    [vitest, 'run', ...testsInEngine, '--reporter=dot'],
    { cwd: projectFolder, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', N8N_ENGINE: engine } },
  );
  expect({ status, failed: stdout.match(/^ FAIL .*$/gm) }).toEqual({ status: 0, failed: null });
});
