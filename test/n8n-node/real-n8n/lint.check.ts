import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { installedLinter, packedPackage, projectFolder } from './installations.ts';

/**
 * n8n's own checks need a TypeScript that this project does not use any more, so they run on a copy of the sources in
 * the folder where they are installed.
 */
let linter: string;
let sources: string;

beforeAll(() => {
  linter = installedLinter();
  const checkout = join(linter, 'checkout');
  rmSync(checkout, { recursive: true, force: true });
  mkdirSync(checkout);
  const files = ['n8n-node', 'shared', 'tsconfig.json'];
  const archive = execFileSync('tar', ['-c', '--exclude=node_modules', '--exclude=dist', ...files], {
    cwd: projectFolder,
    maxBuffer: 64 * 1024 * 1024,
  });
  execFileSync('tar', ['-x'], { cwd: checkout, input: archive });
  sources = join(checkout, 'n8n-node');
  fillInOwner(sources);
});

/** These checks want an address as well. `npm run check:release` asks the owner for it, and fails until it is there. */
function fillInOwner(folder: string): void {
  const file = join(folder, 'package.json');
  const packageJson = JSON.parse(readFileSync(file, 'utf8')) as object;
  const author = { name: 'The owner', email: 'owner@example.org' };
  writeFileSync(file, JSON.stringify({ ...packageJson, author }, null, 2));
}

// In a test, some of n8n's rules pretend that every file is a node.
const environment = { ...process.env, NODE_ENV: 'production' };

/** What the scanner says of a folder; its command scans only what is on npm. */
function scan(folder: string, patterns: 'SOURCE_FILE_PATTERNS' | 'undefined'): unknown {
  const scanner = join(linter, 'node_modules/@n8n/scan-community-package/scanner/scanner.mjs');
  const script = `
    import { analyzePackage, SOURCE_FILE_PATTERNS } from ${JSON.stringify(pathToFileURL(scanner))};
    console.log(JSON.stringify(await analyzePackage(${JSON.stringify(folder)}, ${patterns})));
    process.exit();`;
  const options = { encoding: 'utf8', env: environment } as const;
  const stdout = execFileSync(process.execPath, ['--input-type=module', '--eval', script], options);
  return JSON.parse(stdout);
}

it('n8n-node lint finds nothing, in strict mode', () => {
  const bin = join(linter, 'node_modules/.bin');
  const { status, stdout, stderr } = spawnSync(join(bin, 'n8n-node'), ['lint'], {
    cwd: sources,
    encoding: 'utf8',
    env: { ...environment, PATH: [bin, process.env['PATH']].join(delimiter) },
  });
  expect({ status, findings: `${stdout}${stderr}`.match(/^.*(?:error|warning|problem).*$/gm) }).toEqual({
    status: 0,
    findings: null,
  });
});

it('the scan that n8n verifies packages with passes on the sources', () => {
  expect(scan(sources, 'SOURCE_FILE_PATTERNS')).toEqual({ passed: true });
});

it('the same scan passes on the package, which holds only what is needed', async () => {
  const folder = await packedPackage();
  fillInOwner(folder);
  expect(scan(folder, 'undefined')).toEqual({ passed: true });
  expect(readdirSync(folder).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
});
