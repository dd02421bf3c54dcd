import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { bundleLambda, lambdaBundleFolder } from '../functions/bundle.ts';
import { type Assembly, withoutInherited } from './construct-api-page.ts';

const root = join(import.meta.dirname, '..');

/**
 * Builds the npm package `callers-voice-clone-cdk`: the construct's sources, compiled by jsii, and the
 * function's bundle.
 *
 * @returns its folder
 */
export async function buildConstruct(
  folder = join(root, 'dist/packages/callers-voice-clone-cdk'),
): Promise<string> {
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(join(root, from), join(folder, to));
  };
  const writeJson = (file: string, content: object) =>
    writeFileSync(join(folder, file), `${JSON.stringify(content, undefined, 2)}\n`);
  // Standard output is for the names of the archives.
  const run = (command: string, ...options: string[]) =>
    execFileSync(join(root, 'node_modules/.bin', command), options, { cwd: folder, stdio: ['ignore', 2, 2] });

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'examples'), { recursive: true });
  for (const source of sourcesOf('cdk/index.ts')) copy(source, source);
  // A checkout bundles the function; the package contains it.
  copy('cdk/packaged-function-code.ts', 'cdk/function-code.ts');
  copy('cdk/README.md', 'README.md');
  copy('LICENSE', 'LICENSE');
  writeFileSync(join(folder, EXAMPLE), exampleForUsers());
  await bundleLambda();
  for (const file of ['index.js', 'package.json']) {
    cpSync(join(lambdaBundleFolder, file), join(folder, 'function', file));
  }
  writeJson('package.json', packageJson());
  writeJson('tsconfig.json', {
    compilerOptions: {
      target: 'es2022',
      module: 'node16',
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      declaration: true,
      stripInternal: true,
      rewriteRelativeImportExtensions: true,
      rootDir: '.',
      outDir: 'lib',
    },
    include: ['cdk/index.ts'],
  });
  // jsii-docgen finds the construct's dependencies only here.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  run('jsii', '--compress-assembly', '--silence-warnings', 'typescript-config/disabled-tsconfig-validation');
  run('jsii-docgen', '--output', 'API.md');
  const api = join(folder, 'API.md');
  writeFileSync(api, withoutInherited(readFileSync(api, 'utf8'), assemblyIn(folder)));
  return folder;
}

const EXAMPLE = 'examples/on-result.ts';

/** The example, with the import that users of the package write. */
function exampleForUsers(): string {
  return readFileSync(join(root, EXAMPLE), 'utf8').replace(
    "'../cdk/voice-clone-pipeline.ts'",
    "'callers-voice-clone-cdk'",
  );
}

function assemblyIn(folder: string): Assembly {
  return JSON.parse(gunzipSync(readFileSync(join(folder, '.jsii.gz'))).toString()) as Assembly;
}

/** A source file and everything that it imports, recursively. */
function sourcesOf(source: string, found = new Set<string>()): Set<string> {
  if (found.has(source)) return found;
  found.add(source);
  for (const [, imported = ''] of readFileSync(join(root, source), 'utf8').matchAll(/ from '(\.[^']+)';/g)) {
    const path = normalize(join(dirname(source), imported));
    if (path !== 'functions/bundle.ts') sourcesOf(path, found);
  }
  return found;
}

/** The workspace's package.json, plus the fields of a built package. */
function packageJson(): object {
  const { type: _type, peerDependencies, jsii, ...workspace } = readJson('cdk/package.json');
  return {
    // jsii requires these two.
    author: { name: 'The Callers Voice Clone authors' },
    repository: { type: 'git', url: 'unknown' },
    ...workspace,
    main: 'lib/cdk/index.js',
    types: 'lib/cdk/index.d.ts',
    files: ['lib', 'function', 'examples', '.jsii', '.jsii.gz', 'API.md'],
    stability: 'stable',
    peerDependencies,
    // jsii expects the lowest allowed versions of the peer dependencies here.
    devDependencies: Object.fromEntries(
      Object.entries(peerDependencies).map(([name, range]) => [name, range.replace('^', '')]),
    ),
    jsii: { ...jsii, outdir: '.' },
  };
}

interface Workspace extends Record<string, unknown> {
  peerDependencies: Record<string, string>;
  jsii: object;
}

function readJson(file: string): Workspace {
  return JSON.parse(readFileSync(join(root, file), 'utf8')) as Workspace;
}
