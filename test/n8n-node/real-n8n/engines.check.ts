import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { engines, installedEngine, projectFolder } from './installations.ts';

const testsInEngine = ['clone', 'inputs', 'once'].map((name) => `test/n8n-node/${name}.test.ts`);

it.each(engines)('the tests pass in the engine of n8n $n8n, too', (engine) => {
  const vitest = join(projectFolder, 'node_modules/vitest/vitest.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', ...testsInEngine, '--reporter=dot'],
    {
      cwd: projectFolder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', N8N_ENGINE: installedEngine(engine) },
    },
  );
  expect({ status, failed: `${stdout}${stderr}`.match(/^ FAIL .*$|^\w*Error: .*$/gm) }).toEqual({
    status: 0,
    failed: null,
  });
});
