import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/**
 * The licenses of all packages in the bundles, which must be distributed with the code.
 *
 * @throws {Error} for a package without a license
 */
export function thirdPartyLicenses(root: string, metafiles: readonly Metafile[]): string {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.keys(output.inputs)),
  );
  const folders = inputs.flatMap((path) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const packages = [...new Set(folders)].map((folder) => licensed(join(root, folder)));
  return Array.from(
    Map.groupBy(packages, ({ text }) => text),
    ([text, same]) => `${[...new Set(same.map(({ name }) => name))].toSorted().join('\n')}\n\n${text}\n`,
  )
    .toSorted()
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licensed(folder: string): { name: string; text: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const [file] = globSync('{LICENSE,LICENCE,License,license,licence}{,.md,.txt}', { cwd: folder }).toSorted();
  const text = file === undefined ? license : readFileSync(join(folder, file), 'utf8').trim();
  if (text === undefined) throw new Error(`${name} has no license`);
  return { name: `${name} ${version}`, text };
}
