import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { newProject, nodes, run } from './packed.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The files of this checkout, without what was installed or built. */
function freshClone(): string {
  const clone = join(newProject(), 'clone');
  mkdirSync(clone);
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  const archive = execFileSync('tar', ['-c', '--null', '--files-from=-'], {
    cwd: root,
    input: files,
    maxBuffer: 2 ** 28,
  });
  execFileSync('tar', ['-x'], { cwd: clone, input: archive });
  return clone;
}

it('the first commands of the README print a voice with Node 20, without a warning', async () => {
  const options = { cwd: freshClone(), node: nodes[0] };
  const installation = await run('npm', ['ci', '--omit=dev'], options);
  expect(installation).toMatchObject({ exitCode: 0, stderr: '' });
  const start = await run('npm', ['start', '--silent', '--', '--once'], options);
  expect(start.stderr).not.toMatch(/warn|EBADENGINE/i);
  expect(start.exitCode).toBe(0);
  expect(JSON.parse(start.stdout)).toMatchObject({ status: 'succeeded' });
});
