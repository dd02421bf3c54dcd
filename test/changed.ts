import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const all = globSync('test/**/*.test.ts', { cwd: root });

/**
 * The tests nearest to these files. `vitest --changed` follows imports through the whole product: it takes nearly all tests
 * for a rule in `shared/`, and none for what a test starts as a process or reads as a text.
 */
export function testsOf(changed: readonly string[]): string[] {
  return [...new Set(changed.flatMap(nearest))].filter((test) => existsSync(join(root, test))).toSorted();
}

function nearest(file: string): string[] {
  if (file.startsWith('test/')) return all.filter((test) => test === file || reached(test).has(file));
  if (file.endsWith('.md') || file.startsWith('docs/'))
    return all.filter((test) => test.startsWith('test/docs/'));
  const [folder = '', command = ''] = file.split('/');
  const own = all.filter((test) => test.startsWith(`test/${folder}/`));
  const importing = all.filter((test) => reached(test).has(file));
  const near = own.filter((test) => importing.includes(test) || basename(test).startsWith(command));
  return [near, importing].find(({ length }) => length > 0) ?? own;
}

/** What a test imports, itself or through other files of `test/`. */
function reached(test: string, found = new Set<string>()): Set<string> {
  for (const file of imports(test)) {
    if (found.has(file)) continue;
    found.add(file);
    if (file.startsWith('test/')) reached(file, found);
  }
  return found;
}

const read = new Map<string, string[]>();

function imports(file: string): string[] {
  const known = read.get(file);
  if (known) return known;
  const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
  const names = Array.from(text.matchAll(/(?:from|import|import\() ?'(\.[^']+)'/g), ([, name = '']) =>
    join(file, '..', name),
  );
  read.set(file, names);
  return names;
}

/** `npm run check`: lint, types and the nearest tests of all that differs from HEAD; `-- main` compares with a branch. */
async function check(base = 'HEAD'): Promise<void> {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n');
  const changed = [
    ...git('diff', '--name-only', '--merge-base', base),
    ...git('ls-files', '--others', '--exclude-standard'),
  ].filter(Boolean);
  const tests = testsOf(changed);
  console.log(tests.length > 0 ? `Tests: ${tests.join(' ')}` : 'No test is near what changed.');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  await Promise.all([
    run('npm', ['run', '-s', 'lint']),
    run('npm', ['run', '-s', 'typecheck']),
    ...(tests.length > 0 ? [run(process.execPath, [vitest, 'run', ...tests])] : []),
  ]);
}

/** Shows what a program printed once it has ended. */
async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  process.stdout.write(output);
  if (code !== 0) process.exitCode = 1;
}

if (import.meta.main) await check(...process.argv.slice(2));
