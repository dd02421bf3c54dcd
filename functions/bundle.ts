import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { writeWhole } from './write-whole.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** This file, for callers that bundle in another process. */
export const lambdaBundleProgram = path('./bundle.ts');

/** The bundle's output folder. */
export const lambdaBundleFolder = path('../dist/clone-voice');

/**
 * Removes unused code from the AWS SDK that esbuild cannot tree-shake. If another SDK version does not match
 * these patterns, the bundle only gets larger, which `npm run bench -- --check` reports.
 */
const trimmedSdk: Plugin = {
  name: 'trimmed-sdk',
  setup(bundler) {
    // 7 KB: the SDK imports its package.json only for the version in the user agent.
    bundler.onLoad({ filter: /\/@aws-sdk\/[^/]+\/package\.json$/ }, ({ path: file }) => {
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
    // 11 KB: hashes in JavaScript, for a Node without OpenSSL, for downloads, of which the function checks the length, and
    // sessions for directory buckets, which send no notifications.
    bundler.onLoad(
      {
        filter:
          /\/(Sha256Js|Sha1Js|Md5Js|Crc64NvmeJs|S3ExpressIdentityProviderImpl|CreateSessionCommand)\.js$/,
      },
      ({ path: file }) => ({
        contents: `export class ${basename(file, '.js')} {}`,
      }),
    );
    // 6 KB: streams of browsers, bodies sent in buffered chunks, and the region of a machine that is not told its own.
    bundler.onLoad(
      { filter: /\/(sdk-stream-mixin\.browser|createBufferedReadable|getInstanceMetadataRegion)\.js$/ },
      ({ path: file }) => ({
        contents: `export function ${nameOf(file)}() { throw new Error("not in this bundle"); }`,
      }),
    );
    // 3 KB: signing for several regions at once, which needs a package that is not installed.
    bundler.onLoad({ filter: /\/SignatureV4MultiRegion\.js$/ }, ({ path: file }) => ({
      contents:
        'import { SignatureV4SignWithCredentials } from "./SignatureV4SignWithCredentials";\n' +
        'export class SignatureV4MultiRegion extends SignatureV4SignWithCredentials {\n' +
        '  static sigv4aDependency() { return "none"; }\n}',
      resolveDir: dirname(file),
    }));
    // 75 KB: schemas of every operation, although the function uses few, and a class per error, although the
    // function identifies errors by name and status.
    bundler.onLoad(
      { filter: /\/@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/ },
      ({ path: file }) => ({
        contents: withPlainKeys(withoutErrors(readFileSync(file, 'utf8'))),
      }),
    );
  },
};

/** The function that a file of the SDK is named after. */
function nameOf(file: string): string {
  return basename(file, '.js')
    .replace('.browser', '')
    .replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Unregistered errors become instances of the service's base class, with the same name and status. */
function withoutErrors(code: string): string {
  return code.replaceAll(/^n0_registry\.registerError\(.*\);$/gm, '');
}

/**
 * Replaces `{ [_key]: …` with `{ "name": …`, given `const _key = "name"`. esbuild does not tree-shake objects with
 * computed keys, unless it inlines the constant (findings/esbuild-keeps-computed-keys.sh).
 */
function withPlainKeys(code: string): string {
  const names = new Map([...code.matchAll(/^const (\w+) = ("\w+");$/gm)].map(([, key, name]) => [key, name]));
  return code.replaceAll(/(?<=[{,] )\[(\w+)\](?=: )/g, (computed, key) => names.get(key) ?? computed);
}

/**
 * esbuild options for the Lambda function, used by `npm run build` and by deployment. Bundled code must use
 * `zod/v4-mini`: `zod/v4` costs a quarter of the import time and 60 KB.
 */
export const lambdaBundleOptions = {
  entryPoints: [path('./clone-voice/index.ts')],
  outfile: `${lambdaBundleFolder}/index.js`,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  // An ES module bundle evaluates the lazy getters of Node's built-in modules at start: 25 ms for node:http
  // alone, which loads undici (findings/node-esm-import-http-loads-undici.sh).
  format: 'cjs',
  // The SDK's CommonJS files cannot be tree-shaken.
  mainFields: ['module', 'main'],
  // The SDK imports node:http dynamically, which would evaluate the same getters on the first request:
  // another 25 ms.
  supported: { 'dynamic-import': false },
  alias: {
    // 110 KB that Lambda does not need.
    '@aws-sdk/credential-provider-node': path('./substitutes/credential-provider-node.ts'),
    // 19 KB. The SDK also imports them dynamically, which makes esbuild wrap 182 modules and tree-shake them
    // less well.
    '@smithy/core/event-streams': path('./substitutes/event-streams.ts'),
  },
  plugins: [trimmedSdk],
  legalComments: 'none',
} satisfies BuildOptions;

/** Writes the bundle to its folder, where Lambda can load it as `index.handler`. */
export async function bundleLambda(): Promise<void> {
  const { outputFiles } = await build({ ...lambdaBundleOptions, write: false });
  writeWhole(join(lambdaBundleFolder, 'package.json'), '{ "type": "commonjs" }\n');
  for (const { path: file, contents } of outputFiles)
    writeWhole(join(lambdaBundleFolder, basename(file)), contents);
}

if (import.meta.main) await bundleLambda();
