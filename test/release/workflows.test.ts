import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const workflows = globSync('.github/workflows/*.yml', { cwd: root });
const read = (file: string) => readFileSync(join(root, file), 'utf8');

it.each(workflows)('%s runs what there is', (file) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const wanted = [...read(file).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
  expect(wanted.filter((name) => !scripts[name])).toEqual([]);
  const programs = [...read(file).matchAll(/run: (?:node )?([\w.]+\/[\w./-]+)/g)].map(
    ([, path = '']) => path,
  );
  expect(programs.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('packages are published as they were tested, and only when the owner has filled in what npm shows', () => {
  const [, pack = '', publish = ''] =
    /^ {2}pack:\n([^]*)^ {2}publish:\n([^]*)/m.exec(read('.github/workflows/publish.yml')) ?? [];
  expect(pack).toMatch(
    /npm run check:release[^]*npm run test:packages[^]*upload-artifact@[^]*dist\/packages\/\*\.tgz/,
  );
  expect(pack).not.toContain('id-token');
  expect(publish).toMatch(/needs: pack\n[^]*id-token: write[^]*download-artifact@[^]*release\/publish\.ts/);
  expect(publish).toContain('NPM_CONFIG_PROVENANCE: true');
  expect(publish).not.toMatch(/npm (ci|install|run)/);
});
