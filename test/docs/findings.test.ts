import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findings, findingsPage } from '../../findings/table.ts';

const root = new URL('../../', import.meta.url);

it('lists every finding in findings/README.md (npm run findings -- --write)', () => {
  const page = readFileSync(new URL('findings/README.md', root), 'utf8');
  expect(page).toBe(findingsPage());
  const listed = Array.from(page.matchAll(/^\| \[([\w-]+)\]\(\1\.sh\) \|/gm), ([, name]) => name);
  expect(listed).toEqual(findings().map(({ name }) => name));
  expect(listed).not.toEqual([]);
});

it('names files that exist as the code behind a finding', () => {
  const rooms = 'cdk|cli|emulators|functions|n8n-node|release|shared|test|voice-folder';
  const paths = new RegExp(String.raw`(?<![\w./-])(?:${rooms})/[\w./-]+\.\w+`, 'g');
  const named = findingsPage().match(paths) ?? [];
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
});

it('names functions that the code behind a finding has', () => {
  const named = [...findingsPage().matchAll(/(?<![\w./-])([\w./-]+\.ts) \((\w+)\)/g)];
  expect(named.length).toBeGreaterThan(0);
  const missing = named.filter(
    ([, file = '', name = '']) =>
      !new RegExp(`\\b${name}\\b`).test(readFileSync(new URL(file, root), 'utf8')),
  );
  expect(missing.map(([place]) => place)).toEqual([]);
});

it('has every finding that a comment names', () => {
  const pattern = '{cdk,cli,emulators,functions,n8n-node,release,shared,test,voice-folder}/**/*.{ts,mts,mjs}';
  const sources = globSync(pattern, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] });
  const named = sources.flatMap((file) =>
    Array.from(
      readFileSync(new URL(file, root), 'utf8').matchAll(/findings\/([\w-]+)\.sh/g),
      ([, name]) => name,
    ),
  );
  const names = new Set<string | undefined>(findings().map(({ name }) => name));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !names.has(name))).toEqual([]);
});
