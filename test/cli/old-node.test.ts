import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import packageJson from '../../cli/package.json' with { type: 'json' };

const start = fileURLToPath(new URL('../../cli/start.ts', import.meta.url));
const oldest = packageJson.engines.node.replace('>=', '');

/** Starts the installed command's first file in a Node that gives another version as its own. */
function startIn(version: string) {
  const node = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(node)}`, start, '--version'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

it.each(['18.20.8', '20.17.9', '9.11.2'])('says in Node %s which Node the package needs', (version) => {
  const message = `callers-voice-clone needs Node ${oldest} or later, and this is Node ${version}`;
  expect(startIn(version)).toMatchObject({
    status: 1,
    stderr: `error: ${message}: update it from https://nodejs.org\n`,
  });
});

it.each([`${oldest}.0`, '22.0.0', '24.21.0'])('runs in Node %s', (version) => {
  expect(startIn(version)).toMatchObject({ status: 0, stdout: `${packageJson.version}\n` });
});
