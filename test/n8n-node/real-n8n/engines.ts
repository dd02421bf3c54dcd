import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type engines, installedEngine, projectFolder } from './installations.ts';

/** Runs tests of the node in this engine. @returns how vitest ended, and what failed */
export function testsIn(
  engine: (typeof engines)[number],
  ...parameters: string[]
): { status: number | null; failed: string[] | null } {
  const vitest = join(projectFolder, 'node_modules/vitest/vitest.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', ...parameters, '--reporter=dot'],
    {
      cwd: projectFolder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', N8N_ENGINE: installedEngine(engine) },
    },
  );
  return { status, failed: `${stdout}${stderr}`.match(/^ FAIL .*$|^\w*Error: .*$/gm) };
}

/** How a run of tests ends that all pass. */
export const green = { status: 0, failed: null };
