import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { bundleLambda, lambdaBundleFolder } from '../functions/bundle.ts';

/**
 * Builds the package `callers-voice-clone-cdk` into `dist/packages`: the sources that the construct imports, compiled by
 * jsii, and the function's bundle beside them.
 */
const root = join(import.meta.dirname, '..');
const packages = join(root, 'dist/packages');
const staged = join(packages, 'callers-voice-clone-cdk');

rmSync(staged, { recursive: true, force: true });
for (const source of sourcesOf('cdk/index.ts')) copy(source, source);
// A checkout bundles the function, the package has it.
copy('cdk/packaged-function-code.ts', 'cdk/function-code.ts');
copy('cdk/README.md', 'README.md');
copy('LICENSE', 'LICENSE');
await bundleLambda();
for (const file of ['index.js', 'package.json'])
  cpSync(join(lambdaBundleFolder, file), join(staged, 'function', file));
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
// jsii-docgen looks for what the construct stands on nowhere else.
symlinkSync(join(root, 'node_modules'), join(staged, 'node_modules'));
run('jsii', '--compress-assembly', '--silence-warnings', 'typescript-config/disabled-tsconfig-validation');
run('jsii-docgen', '--output', 'API.md');
run('npm', 'pack', '--silent', '--pack-destination', packages);

/** The files that a source imports, and those that they import, and itself. */
function sourcesOf(source: string, found = new Set<string>()): Set<string> {
  if (found.has(source)) return found;
  found.add(source);
  for (const [, imported = ''] of readFileSync(join(root, source), 'utf8').matchAll(/ from '(\.[^']+)';/g)) {
    const path = normalize(join(dirname(source), imported));
    if (path !== 'functions/bundle.ts') sourcesOf(path, found);
  }
  return found;
}

/** The manifest of the workspace, and what only a built package has. */
function packageJson(): object {
  const { type: _type, peerDependencies, jsii, ...workspace } = readJson('cdk/package.json');
  return {
    // jsii takes no package without them.
    author: { name: 'The Callers Voice Clone authors' },
    repository: { type: 'git', url: 'unknown' },
    ...workspace,
    main: 'lib/cdk/index.js',
    types: 'lib/cdk/index.d.ts',
    files: ['lib', 'function', '.jsii', '.jsii.gz', 'API.md'],
    stability: 'stable',
    peerDependencies,
    // What jsii wants to be tested with: the lowest versions that are allowed.
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

function writeJson(file: string, content: object): void {
  writeFileSync(join(staged, file), `${JSON.stringify(content, undefined, 2)}\n`);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(join(staged, to)), { recursive: true });
  cpSync(join(root, from), join(staged, to));
}

function run(command: string, ...options: string[]): void {
  execFileSync(command, options, { cwd: staged, stdio: 'inherit' });
}
