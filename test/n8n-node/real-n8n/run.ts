import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installAll } from './installations.ts';

/**
 * `npm run test:n8n`: the n8n package in n8n itself. `-- --n8n 1` takes the last n8n of that major version instead of
 * the newest; whatever else is given goes to vitest. Installs first, so that no test waits for it.
 */
const parameters = process.argv.slice(2);
const at = parameters.indexOf('--n8n');
const [, major] = at < 0 ? [] : parameters.splice(at, 2);
if (major !== undefined) process.env['N8N_MAJOR'] = major;
installAll();
const vitest = join(import.meta.dirname, '../../../node_modules/vitest/vitest.mjs');
const config = join(import.meta.dirname, 'vitest.config.ts');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...parameters], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
