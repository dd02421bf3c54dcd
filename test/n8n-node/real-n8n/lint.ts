import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedLinter, projectFolder } from './installations.ts';

/**
 * A copy of the sources, to be removed, in the folder where n8n's own checks are installed: they need a TypeScript that
 * this project does not use any more.
 */
export function copiedSources(): { sources: string; remove: () => void } {
  const checkout = mkdtempSync(join(installedLinter(), 'checkout-'));
  const files = ['n8n-node', 'shared', 'tsconfig.json'];
  const archive = execFileSync('tar', ['-c', '--exclude=node_modules', '--exclude=dist', ...files], {
    cwd: projectFolder,
    maxBuffer: 64 * 1024 * 1024,
  });
  execFileSync('tar', ['-x'], { cwd: checkout, input: archive });
  const sources = join(checkout, 'n8n-node');
  fillInOwner(sources);
  return { sources, remove: () => rmSync(checkout, { recursive: true }) };
}

/** These checks want an address as well. `npm run check:release` asks the owner for it, and fails until it is there. */
export function fillInOwner(folder: string): void {
  const file = join(folder, 'package.json');
  const packageJson = JSON.parse(readFileSync(file, 'utf8')) as object;
  const author = { name: 'The owner', email: 'owner@example.org' };
  writeFileSync(file, JSON.stringify({ ...packageJson, author }, null, 2));
}

/** The environment of n8n's linter. In a test, some of its rules pretend that every file is a node. */
export const environment = { ...process.env, NODE_ENV: 'production' };

/** What the scanner says of a folder; its command scans only what is on npm. */
export function scan(folder: string, patterns: 'SOURCE_FILE_PATTERNS' | 'undefined'): unknown {
  const scanner = join(installedLinter(), 'node_modules/@n8n/scan-community-package/scanner/scanner.mjs');
  const script = `
    import { analyzePackage, SOURCE_FILE_PATTERNS } from ${JSON.stringify(pathToFileURL(scanner))};
    console.log(JSON.stringify(await analyzePackage(${JSON.stringify(folder)}, ${patterns})));
    process.exit();`;
  const options = { encoding: 'utf8', env: environment } as const;
  const stdout = execFileSync(process.execPath, ['--input-type=module', '--eval', script], options);
  return JSON.parse(stdout);
}
