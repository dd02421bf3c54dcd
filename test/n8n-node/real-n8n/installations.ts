import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildNode } from '../../../release/build-node.ts';
import { installed } from '../../support/installed.ts';

/** The root of this checkout. */
export const projectFolder = join(import.meta.dirname, '../../..');
/** The workspace of the n8n package. */
export const packageFolder = join(projectFolder, 'n8n-node');

/** The n8n of each major version that the package is tried in. `N8N_MAJOR` chooses. */
const versions: Record<string, string> = {
  1: '1.123.81',
  // 2.41.3 does not install: it names versions that do not exist.
  2: '2.41.1',
};

/** Engines of older versions: the last 1.x, and those of 2.x that differ in what the node uses. */
export const engines = [
  { n8n: '1.123.81', core: '1.122.48', workflow: '1.120.31' },
  { n8n: '2.0.3', core: '2.0.2', workflow: '2.0.1' },
  { n8n: '2.4.8', core: '2.4.4', workflow: '2.4.3' },
  { n8n: '2.6.4', core: '2.6.2', workflow: '2.6.1' },
] as const;

/** The folder where n8n's engine alone is installed. */
export function installedEngine({ core, workflow }: (typeof engines)[number]): string {
  return installed(engineName({ core }), [`n8n-core@${core}`, `n8n-workflow@${workflow}`]);
}

/** The name of its folder. */
export function engineName({ core }: { core: string }): string {
  return `n8n-core-${core}`;
}

/** Installs all that the tests need, and says what it does: the first time takes many minutes. */
export function installAll(): void {
  const steps: [what: string, install: () => unknown][] = [
    [`n8n ${versions[major()]} (3 GB, about 5 minutes)`, installedN8n],
    ["n8n's linter", installedLinter],
    ...engines.map((engine): [string, () => unknown] => [
      `the engine of n8n ${engine.n8n}`,
      () => installedEngine(engine),
    ]),
    ['Chromium', installedChromium],
  ];
  for (const [what, install] of steps) {
    console.log(`Installing ${what}, unless it is there`);
    install();
  }
}

/** The path of Debian's Chromium: playwright's would have to come from elsewhere than a package registry. */
export function installedChromium(): string {
  const path = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  if (existsSync(path)) return path;
  if (process.getuid?.() !== 0) {
    throw new Error(
      'Chromium is missing: install it (Debian: apt-get install chromium), or set CHROMIUM to its path',
    );
  }
  execFileSync('apt-get', ['update'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore' });
  return path;
}

function major(): string {
  return process.env['N8N_MAJOR'] ?? '2';
}

/** The folder where n8n is installed. */
export function installedN8n(): string {
  const version = versions[major()];
  if (!version) throw new Error(`--n8n takes one of ${Object.keys(versions).join(', ')}, not ${major()}`);
  // n8n 1 takes xlsx from a host of its own, which may be out of reach; the node has no use for it.
  const overrides = version.startsWith('1.') ? { xlsx: '0.18.5' } : {};
  return installed(`n8n-${version}`, [`n8n@${version}`], ['sqlite3'], overrides);
}

/** The folder of the linter’s installation, by its version. */
export const linterName = 'n8n-lint-0.48.3';

/** The folder where n8n's linter for community nodes is installed, and the scanner that n8n verifies packages with. */
export function installedLinter(): string {
  return installed(linterName, [
    '@n8n/node-cli@0.48.3',
    '@n8n/scan-community-package@0.32.0',
    'eslint@9.29.0',
    'n8n-workflow@2.41.0',
    'typescript@5.8.3',
  ]);
}

/**
 * Builds and installs the package with the commands in its README, for a user with this home. Only `npm ci` is left
 * out: it would replace the modules that run this.
 */
export function installAsReadmeSays(home: string): void {
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const [, commands = ''] = /## Installation[^]*?```sh\n([^]*?)```/.exec(readme) ?? [];
  if (!commands.includes('npm install')) throw new Error('README.md has no commands to install the package');
  const { HOME = homedir(), ...others } = process.env;
  const npm = {
    npm_config_cache: others['npm_config_cache'] ?? join(HOME, '.npm'),
    npm_config_userconfig: others['npm_config_userconfig'] ?? join(HOME, '.npmrc'),
  };
  execFileSync('bash', ['-euc', commands.replace('npm ci && ', '')], {
    cwd: projectFolder,
    env: { ...others, ...npm, HOME: home },
    stdio: ['ignore', 2, 2],
  });
}

/** What `npm publish` would upload, unpacked into a folder of its own. */
export async function packedPackage(): Promise<{ folder: string; remove: () => void }> {
  await buildNode({ clean: true });
  const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-callers-'));
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: packageFolder,
      encoding: 'utf8',
    }),
  ) as [{ filename: string }];
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
  return { folder: join(folder, 'package'), remove: () => rmSync(folder, { recursive: true }) };
}
