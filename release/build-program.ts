import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { lambdaBundleOptions } from '../functions/bundle.ts';
import { spellOutTypes } from './spell-out-types.ts';
import { thirdPartyLicenses } from './third-party-licenses.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface ProgramPackage {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies: Record<string, string>;
}

/** Replaces the checkout's installation.ts with the package's. */
const packed: Plugin = {
  name: 'packed',
  setup(bundler) {
    bundler.onLoad({ filter: /\/cli\/installation\.ts$/ }, () => ({
      contents: readFileSync(join(root, 'cli/packed-installation.ts')),
      loader: 'ts',
    }));
  },
};

/** How the program's code is bundled. */
export const programBundleOptions = {
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  // One chunk per command, loaded on use.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Disables the SDK's warning that its later versions need a newer Node: this version is bundled.
  define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' },
  charset: 'utf8',
  mainFields: ['module', 'main'],
  // Bundled CommonJS packages need `require`.
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  },
  legalComments: 'none',
} satisfies BuildOptions;

/** Builds the npm package `callers-voice-clone`, with the types of its results. @returns its folder */
export async function buildProgramPackage(): Promise<string> {
  const folder = await buildProgram();
  const types = spellOutTypes(join(root, 'cli/result-types.ts'), join(root, 'tsconfig.json'));
  writeFileSync(join(folder, 'dist/result-types.d.ts'), types);
  return folder;
}

/**
 * Builds what runs in the package, in JavaScript because Node does not run TypeScript in
 * `node_modules`. Bundles its dependencies, so that everyone gets the tested versions, even on older Node,
 * and installing it downloads nothing else.
 *
 * @returns its folder
 */
export async function buildProgram(
  folder = join(root, 'dist/packages/callers-voice-clone'),
): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  const source = JSON.parse(readFileSync(join(root, 'cli/package.json'), 'utf8')) as ProgramPackage;
  const { metafile } = await build({
    ...programBundleOptions,
    absWorkingDir: root,
    entryPoints: ['cli/start.ts', 'cli/main.ts', 'emulators/execution-environment.ts'],
    outdir: join(folder, 'dist'),
    external: Object.keys(source.peerDependencies),
    plugins: [packed],
    metafile: true,
  });
  const bundle = await build({
    ...lambdaBundleOptions,
    absWorkingDir: root,
    outfile: join(folder, 'clone-voice/index.js'),
    metafile: true,
  });
  writeJson(join(folder, 'clone-voice/package.json'), { type: 'commonjs' });

  writeFileSync(
    join(folder, 'THIRD-PARTY-LICENSES.txt'),
    thirdPartyLicenses(root, [metafile, bundle.metafile]),
  );
  writeJson(join(folder, 'package.json'), published(source));
  for (const [from, to = from] of [
    ['LICENSE'],
    ['cli/README.md', 'README.md'],
    ['manifest.schema.json'],
    ['examples/voices'],
  ] as const) {
    cpSync(join(root, from), join(folder, to), { recursive: true });
  }
  return folder;
}

function published({ dependencies: _bundled, devDependencies: _ours, ...source }: ProgramPackage): object {
  const types = './dist/result-types.d.ts';
  return {
    ...source,
    bin: { 'callers-voice-clone': 'dist/start.js' },
    // For TypeScript configurations that ignore `exports`.
    types,
    exports: {
      '.': { types },
      './manifest.schema.json': './manifest.schema.json',
      './package.json': './package.json',
    },
  };
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
