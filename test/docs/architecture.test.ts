import { readFileSync } from 'node:fs';
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
