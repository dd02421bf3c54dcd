import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/*
 * `npm test`: lint and types beside the tests, which leave some of two cores to others. What these two say is shown after the
 * tests, if they fail.
 */

const checks = ['lint', 'typecheck'].map(async (script) => {
  const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { isFine: code === 0, said: stdout + stderr };
});
const [code] = await once(spawn('vitest', ['run', ...process.argv.slice(2)], { stdio: 'inherit' }), 'close');
const failed = (await Promise.all(checks)).filter(({ isFine }) => !isFine);
for (const { said } of failed) process.stderr.write(said);
process.exitCode = code === 0 && failed.length === 0 ? 0 : 1;
