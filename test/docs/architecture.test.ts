import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { architecturePage, importsBetweenFolders } from '../../docs/write-imports.ts';

it('docs/architecture.md shows the imports between the folders: npm run imports', () => {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  expect(page).toBe(architecturePage());
});

it('no folder imports one that comes to it again, and none imports release', () => {
  const imports = importsBetweenFolders();
  const reached = (from: string, found = new Set<string>()): Set<string> => {
    for (const [folder, to] of imports) {
      if (folder === from && !found.has(to)) reached(to, found.add(to));
    }
    return found;
  };
  const folders = new Set(imports.flat());
  expect([...folders].filter((folder) => reached(folder).has(folder))).toEqual([]);
  expect(imports.filter(([, to]) => to === 'release')).toEqual([]);
  expect(folders).toContain('n8n-node');
});

it.each([
  ['shared', ['zod/v4-mini']],
  ['voice-folder', ['../shared', 'node:crypto', 'zod/v4-mini']],
])('%s/*.ts reads and writes nothing: it imports only files beside it and %j', (folder, allowed) => {
  const files = globSync(`${folder}/*.ts`, { cwd: new URL('../..', import.meta.url) });
  const imports = files.flatMap((file) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    return Array.from(text.matchAll(/(?:from|import\(|import) ?'([^']+)'/g), ([, path = '']) => path);
  });
  const others = imports
    .filter((path) => !/^\.\/[^/]+$/.test(path))
    .map((path) => path.replace(/^(\.\.\/shared)\/[^/]+$/, '$1'));
  expect([...new Set(others)].toSorted()).toEqual(allowed);
});
