import { isBuiltin } from 'node:module';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { lambdaBundleOptions } from '../functions/bundle.ts';
import { buildNode } from '../release/build-node.ts';
import { programFile } from './support/program.ts';

interface Package {
  name?: string;
  private?: boolean;
  workspaces?: string[];
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

interface Locked extends Package {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  libc?: string[];
  inBundle?: boolean;
  dev?: boolean;
  hasInstallScript?: boolean;
}

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const packageJson = (file: string) => JSON.parse(read(file)) as Package;
const lockedPackages = () =>
  (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages;

const { workspaces = [] } = packageJson('package.json');

describe('package-lock.json', () => {
  const packages = lockedPackages();
  const ours = ['', ...workspaces];
  const others = Object.entries(packages).filter(([path]) => !ours.includes(path));

  it('pins every dependency by a strong hash', () => {
    const unpinned = others
      // A bundled package is covered by the hash of the archive that holds it.
      .filter(([, { link, inBundle }]) => !link && !inBundle)
      .filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity));
    expect(unpinned.map(([path]) => path)).toEqual([]);
    expect(others.length).toBeGreaterThan(100);
  });

  it('takes them only from the registry: no git, no URL, no file but our own workspaces', () => {
    const elsewhere = others.flatMap(([path, { resolved }]) => (resolved ? [`${path}: ${resolved}`] : []));
    const links = workspaces.map((path) => `node_modules/${packages[path]?.name}: ${path}`);
    expect(elsewhere.toSorted()).toEqual(links.toSorted());
    expect(links).toContain('node_modules/callers-voice-clone: cli');
    const wanted = ours.flatMap((path) => {
      const { dependencies, devDependencies, optionalDependencies } = packages[path] ?? {};
      return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    });
    expect(wanted.filter(([, version]) => !/^[\^~]?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(wanted.length).toBeGreaterThan(20);
  });
});

it('every package that a file imports is named in the package.json of its workspace', () => {
  // Tests of packages write programs for their users. n8n's types come from n8n-node, by tsconfig.json.
  const ours = workspaces.map((path) => packageJson(`${path}/package.json`).name ?? '');
  const named = (folder: string) => {
    const { dependencies, devDependencies } = packageJson(`${folder}/package.json`);
    return [...Object.keys({ ...dependencies, ...devDependencies }), ...ours, 'n8n-core', 'n8n-workflow'];
  };
  const allowed = new Map(['.', ...workspaces].map((folder) => [folder, new Set(named(folder))]));
  // n8n's linter reads the configuration, from where `npm run test:n8n` installs both.
  const exclude = ['**/node_modules/**', '**/dist/**', 'n8n-node/eslint.config.mjs'];
  const files = globSync('**/*.{ts,mjs}', { cwd: new URL('..', import.meta.url), exclude });
  const unnamed = files.flatMap((file) => {
    const names = allowed.get(workspaces.find((path) => file.startsWith(`${path}/`)) ?? '.');
    const imports =
      /(?:^(?:import|export|\}) ?.*from |^import |import\()'(?!\.)((?:@[^'/]+\/)?[^'/]+)[^']*'/gm;
    return Array.from(read(file).matchAll(imports), ([, name = '']) => name)
      .filter((name) => !isBuiltin(name) && !names?.has(name) && !names?.has(`@types/${name}`))
      .map((name) => `${file}: ${name}`);
  });
  expect(unnamed).toEqual([]);
  expect(files.length).toBeGreaterThan(500);
});

it('the Node that comes with npm ci is left out on musl, where it does not start', () => {
  // The packages do not say it. npm reads it here, and keeps it (findings/npm-libc.sh).
  const binaries = Object.entries(lockedPackages()).filter(([path]) => /\/node-linux-/.test(path));
  expect(binaries.map(([, { libc }]) => libc)).toEqual([['glibc'], ['glibc']]);
});

describe('install scripts', () => {
  it('of dependencies never run', () => {
    const root = new URL('..', import.meta.url);
    const setting = execFileSync('npm', ['config', 'get', 'ignore-scripts'], { cwd: root, encoding: 'utf8' });
    expect(setting.trim()).toBe('true');
  });

  it('are in no shipped package', () => {
    const packages = lockedPackages();
    const shipped = Object.entries(packages).filter(([path, { dev, hasInstallScript }]) => {
      return path.startsWith('node_modules/') && !dev && hasInstallScript;
    });
    // It bundles the function for the local pipeline, and is in no archive.
    expect(shipped.map(([path]) => path)).toEqual(['node_modules/esbuild']);
    const lifecycle = /^(pre|post)?(install|prepare|publish|pack)|^prepublishOnly$|^dependencies$/;
    for (const path of ['.', ...workspaces]) {
      const names = Object.keys(packageJson(`${path}/package.json`).scripts ?? {});
      expect(names.filter((name) => lifecycle.test(name))).toEqual([]);
    }
  });
});

/** The packages that files come from. */
function packagesOf(paths: readonly string[]): string[] {
  const names = paths.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

describe('what is shipped', () => {
  const bundled = build({ ...lambdaBundleOptions, write: false, metafile: true });

  it('in the program needs no package that npm would install', () => {
    const program = JSON.parse(readFileSync(join(programFile, '../../package.json'), 'utf8')) as Package;
    expect(Object.keys(program).filter((name) => /dependencies$/i.test(name))).toEqual(['peerDependencies']);
    const peers = packageJson('cli/package.json').peerDependenciesMeta ?? {};
    expect(Object.values(peers)).toEqual(
      Object.keys(program.peerDependencies ?? {}).map(() => ({ optional: true })),
    );
  });

  it('in the n8n package needs no package, and what is not a package cannot be published', () => {
    const node = packageJson('n8n-node/package.json');
    expect(Object.keys(node)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(optionalD|bundledD|bundleD|d)ependencies$/)]),
    );
    expect(packageJson('package.json').private).toBe(true);
  });

  it('in the Lambda function bundles exactly these packages', async () => {
    const { metafile } = await bundled;
    const [output] = Object.values(metafile.outputs);
    // Read what a package does before adding it here: it runs beside the API key.
    expect(packagesOf(Object.keys(output?.inputs ?? {}))).toEqual([
      '@aws-lambda-powertools/commons',
      '@aws-lambda-powertools/logger',
      '@aws-lambda-powertools/metrics',
      '@aws-sdk/checksums',
      '@aws-sdk/client-s3',
      '@aws-sdk/client-secrets-manager',
      '@aws-sdk/client-sns',
      '@aws-sdk/client-sqs',
      '@aws-sdk/core',
      '@aws-sdk/credential-provider-env',
      '@aws-sdk/middleware-sdk-s3',
      '@aws-sdk/middleware-sdk-sqs',
      '@aws-sdk/signature-v4-multi-region',
      '@aws-sdk/xml-builder',
      '@aws/lambda-invoke-store',
      '@smithy/core',
      '@smithy/node-http-handler',
      '@smithy/signature-v4',
      '@smithy/types',
      'zod',
    ]);
  });

  it('in the n8n package bundles no dependency', async () => {
    const { sources } = await buildNode();
    expect(sources).toContain('../shared/clone-request.ts');
    expect(packagesOf(sources)).toEqual([]);
  });

  it('in the Lambda function loads nothing at run time but its bundle and Node’s modules', async () => {
    const { metafile } = await bundled;
    const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(outside.filter((path) => !isBuiltin(path))).toEqual([]);
  });
});
