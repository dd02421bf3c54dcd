import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed } from '../../support/installed.ts';

export const projectFolder = join(import.meta.dirname, '../../..');
export const packageFolder = join(projectFolder, 'n8n-node');

/** The folder where n8n is installed. Takes 5 minutes the first time. */
export function installedN8n(): string {
  // 2.41.3 does not install: it names versions that do not exist.
  return installed('n8n-2.41.1', ['n8n@2.41.1'], ['sqlite3']);
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
