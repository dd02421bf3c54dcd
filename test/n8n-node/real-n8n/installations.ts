import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed } from '../../support/installed.ts';

export const projectFolder = join(import.meta.dirname, '../../..');
export const packageFolder = join(projectFolder, 'n8n-node');

/** The n8n of each major version that the package is tried in. `N8N_MAJOR` chooses. */
const versions: Record<string, string> = {
  1: '1.123.81',
  // 2.41.3 does not install: it names versions that do not exist.
  2: '2.41.1',
};

/** The folder where n8n is installed. Takes 5 minutes the first time. */
export function installedN8n(): string {
  const major = process.env['N8N_MAJOR'] ?? '2';
  const version = versions[major];
  if (!version) throw new Error(`--n8n takes one of ${Object.keys(versions).join(', ')}, not ${major}`);
  // n8n 1 takes xlsx from a host of its own, which may be out of reach; the node has no use for it.
  const overrides = version.startsWith('1.') ? { xlsx: '0.18.5' } : {};
  return installed(`n8n-${version}`, [`n8n@${version}`], ['sqlite3'], overrides);
}

/** The folder where n8n's linter for community nodes is installed, and the scanner that n8n verifies packages with. */
export function installedLinter(): string {
  return installed('n8n-lint-0.48.3', [
    '@n8n/node-cli@0.48.3',
    '@n8n/scan-community-package@0.32.0',
    'eslint@9.29.0',
    'n8n-workflow@2.41.0',
    'typescript@5.8.3',
  ]);
}

/** What `npm publish` would upload, unpacked. */
export function packedPackage(): string {
  execFileSync(process.execPath, [join(packageFolder, 'build.mts'), '--clean'], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-callers-'));
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: packageFolder,
      encoding: 'utf8',
    }),
  ) as [{ filename: string }];
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
  return join(folder, 'package');
}
