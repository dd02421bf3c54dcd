import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = globSync(
  '{cdk,cli,docs,emulators,examples,findings,functions,n8n-node,release,shared,test,voice-folder}/**/*.{ts,mts}',
  { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] },
);
const allTests = sources.filter((file) => file.endsWith('.test.ts'));

/** As many test files as two cores run in a quarter of a minute. */
const MOST = 4;

/**
 * The tests nearest to each of these files: those that bear its name or its folder's, else the few that come to it by the fewest
 * imports. `vitest --changed` takes nearly all tests for a rule in `shared/`, and none for what a test starts as a process.
 */
export function testsOf(changed: readonly string[]): string[] {
  return [...new Set(changed.flatMap(nearest))].toSorted();
}

function nearest(file: string): string[] {
  if (file.endsWith('.test.ts')) return allTests.filter((test) => test === file);
  if (file.endsWith('.md')) return testsIn('docs');
  const [folder = '', command = ''] = file.split('/');
  const named = [basename(file), command].flatMap((name) =>
    testsIn(folder).filter((test) => basename(test).startsWith(name.replace(/\..*/, ''))),
  );
  const near = [named, importing(file), testsIn(folder)].find(({ length }) => length > 0) ?? [];
  return [...new Set(near)].slice(0, MOST);
}

function testsIn(folder: string): string[] {
  return allTests.filter((test) => test.startsWith(`test/${folder}/`));
}

/** The tests that import this file, directly first, then through ever more others; of equals, those in its folder, then short ones. */
function importing(file: string): string[] {
  const [folder = ''] = file.split('/');
  const found = new Set([file]);
  const ordered: string[] = [];
  for (let level = [file]; level.length > 0;) {
    const next = new Set(level.flatMap((near) => importers.get(near) ?? []));
    level = [...next].filter((near) => !found.has(near));
    for (const near of level) found.add(near);
    const reached = allTests.filter((test) => level.includes(test));
    const size = (test: string) => statSync(join(root, test)).size;
    const isOwn = (test: string) => Number(testsIn(folder).includes(test));
    ordered.push(...reached.toSorted((a, b) => isOwn(b) - isOwn(a) || size(a) - size(b)));
  }
  return ordered;
}

const importers = new Map<string, string[]>();
for (const file of sources) {
  const text = readFileSync(join(root, file), 'utf8');
  const names = Array.from(text.matchAll(/(?:from|import|import\() ?'(\.[^']+)'/g), ([, name = '']) =>
    join(file, '..', name),
  );
  // Tests start the program through this file, which no import shows.
  if (file === 'test/support/program.ts') names.push('cli/main.ts');
  for (const name of names) importers.set(name, [...(importers.get(name) ?? []), file]);
}

/** `npm run check`: types, and the lint and nearest tests of what differs from HEAD; `-- main` compares with a branch. */
async function check(base = 'HEAD'): Promise<void> {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n');
  const changed = [
    ...git('diff', '--name-only', '--merge-base', base),
    ...git('ls-files', '--others', '--exclude-standard'),
  ].filter(Boolean);
  const tests = testsOf(changed);
  console.log(tests.length > 0 ? `Tests: ${tests.join(' ')}` : 'No test is near what changed.');
  const linted = changed.filter((file) => /\.m?ts$/.test(file) && existsSync(join(root, file)));
  await Promise.all([
    run('npm', ['run', '-s', 'typecheck']),
    run('npx', ['oxfmt', '--check']),
    ...(linted.length > 0 ? [run('npx', ['oxlint', '--type-aware', ...linted])] : []),
    ...(tests.length > 0 ? [run('npx', ['vitest', 'run', ...tests])] : []),
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
