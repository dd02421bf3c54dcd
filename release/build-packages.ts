import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConstruct } from './build-construct.ts';
import { buildNode } from './build-node.ts';
import { buildProgramPackage } from './build-program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The folder of the archives that are tested and published. */
const packagesFolder = join(root, 'dist/packages');

/** How each package is built and packed. @returns its archive */
const builds: Record<string, () => Promise<string>> = {
  'callers-voice-clone': async () => pack(await buildProgramPackage()),
  'callers-voice-clone-cdk': async () => pack(await buildConstruct()),
  'n8n-nodes-callers': async () => pack((await buildNode({ clean: true })).folder),
};

/**
 * Builds and packs published packages.
 *
 * @param names @default - all
 * @returns the archive of each package
 * @throws {Error} names the packages, if there is none of that name
 */
export async function buildPackages(
  names: readonly string[] = Object.keys(builds),
): Promise<Record<string, string>> {
  rmSync(packagesFolder, { recursive: true, force: true });
  mkdirSync(packagesFolder, { recursive: true });
  const archives: Record<string, string> = {};
  for (const name of names) {
    const build = builds[name];
    if (!build) throw new Error(`There is no package ${name}, but ${Object.keys(builds).join(', ')}`);
    archives[name] = await build();
  }
  return archives;
}

function pack(folder: string): string {
  const args = ['pack', '--json', '--pack-destination', packagesFolder];
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' })) as [
    { filename: string },
  ];
  return join(packagesFolder, filename);
}

if (import.meta.main) {
  const [, , ...names] = process.argv;
  console.log(Object.values(await buildPackages(names.length > 0 ? names : undefined)).join('\n'));
}
