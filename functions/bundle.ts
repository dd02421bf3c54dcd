import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** This file, for those who have to bundle in another process. */
export const lambdaBundleProgram = path('./bundle.ts');

/** Where the bundle goes. */
export const lambdaBundleFolder = path('../dist/clone-voice');

/**
 * Leaves out of the AWS SDK's packages what nothing uses and esbuild cannot see to be unused. What it does not find, in
 * another version of the SDK, stays in the bundle: that is larger then, and `npm run bench -- --check` tells.
 */
const trimmedSdk: Plugin = {
  name: 'trimmed-sdk',
  setup(bundler) {
    // 7 KB: imported whole for its version, which is for the user agent.
    bundler.onLoad({ filter: /\/@aws-sdk\/[^/]+\/package\.json$/ }, ({ path: file }) => {
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
    // 75 KB: the schemas of all operations of each service, of which the function uses a few, and a class for each of
    // their errors, which are told by name and status here.
    bundler.onLoad(
      { filter: /\/@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/ },
      ({ path: file }) => ({
        contents: withPlainKeys(withoutErrors(readFileSync(file, 'utf8'))),
      }),
    );
  },
};

/** An error that is not registered becomes one of the service's base class, with the same name and status. */
function withoutErrors(code: string): string {
  return code.replaceAll(/^n0_registry\.registerError\(.*\);$/gm, '');
}

/**
 * Writes `{ [_key]: …` as `{ "name": …` wherever `const _key = "name"`: a computed key might call something, for all that
 * esbuild knows, and so nothing that has one is ever left out.
 */
function withPlainKeys(code: string): string {
  const names = new Map([...code.matchAll(/^const (\w+) = ("\w+");$/gm)].map(([, key, name]) => [key, name]));
  return code.replaceAll(/(?<=[{,] )\[(\w+)\](?=: )/g, (computed, key) => names.get(key) ?? computed);
}

/**
 * How the Lambda function is bundled, for `npm run build` and for deployment alike. What is in the bundle has its schemas from
 * `zod/v4-mini`: the methods of `zod/v4` cost a quarter of the import and 60 KB.
 */
export const lambdaBundleOptions = {
  entryPoints: [path('./clone-voice/index.ts')],
  outfile: `${lambdaBundleFolder}/index.js`,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  // A bundle of ES modules pays for the lazy getters of Node's own modules at start: 25 ms for node:http alone.
  format: 'cjs',
  // The SDK's CommonJS files cannot be tree-shaken.
  mainFields: ['module', 'main'],
  // The SDK imports node:http dynamically, which would pay for the same getters with the first request: another 25 ms.
  supported: { 'dynamic-import': false },
  alias: {
    // 110 KB, of which Lambda needs none.
    '@aws-sdk/credential-provider-node': path('./substitutes/credential-provider-node.ts'),
    // 19 KB. The SDK imports them dynamically, too, and what can be reached by a dynamic import esbuild wraps in functions,
    // module by module, and tree-shakes less well: 182 modules.
    '@smithy/core/event-streams': path('./substitutes/event-streams.ts'),
  },
  plugins: [trimmedSdk],
  legalComments: 'none',
} satisfies BuildOptions;

/** Writes the bundle, loadable from its folder as Lambda loads it (`index.handler`). */
export async function bundleLambda(): Promise<void> {
  const { outputFiles } = await build({ ...lambdaBundleOptions, write: false });
  mkdirSync(lambdaBundleFolder, { recursive: true });
  writeWhole('package.json', '{ "type": "commonjs" }\n');
  for (const { path: file, contents } of outputFiles) writeWhole(basename(file), contents);
}

/** Somebody else may load the bundle at this very moment: a file is replaced, never half there. */
function writeWhole(name: string, contents: string | Uint8Array): void {
  const file = `${lambdaBundleFolder}/${name}`;
  writeFileSync(`${file}.${process.pid}`, contents);
  renameSync(`${file}.${process.pid}`, file);
}

if (import.meta.main) await bundleLambda();
