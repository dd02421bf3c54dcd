import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { replaceFile } from './replace-file.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** This file, for callers that bundle in another process. */
export const lambdaBundleProgram = path('./bundle.ts');

/** The bundle's output folder. */
export const lambdaBundleFolder = path('../dist/clone-voice');

/** Code of the AWS SDK that the bundle replaces. */
interface Replacement {
  /** Its files. */
  filter: RegExp;
  contents: (file: string) => string;
}

/**
 * Replaces code of the AWS SDK that esbuild cannot tree-shake, by the names that `npm run bench -- --only builds` shows
 * with what each brings. If another SDK version does not match these patterns, the bundle only gets larger, which
 * `npm run bench -- --check` reports.
 */
const replacements: Record<string, Replacement[]> = {
  'what Lambda does not need': [
    // Other platforms, checksums that the function does not ask for, streams of bodies and events, and
    // sessions for directory buckets, which send no notifications.
    {
      filter:
        /\/(Sha256Js|Sha1Js|Sha1Node|Md5Js|Crc64NvmeJs|Crc32cJs|Crc32Js|readableStreamHasher|getAwsChunkedEncodingStream|ChecksumStream|S3ExpressIdentityProviderImpl|CreateSessionCommand|createBufferedReadable|getInstanceMetadataRegion|HeaderFormatter|(sdk-stream-mixin|createChecksumStream|getAwsChunkedEncodingStream|toBase64)\.browser)\.js$/,
      contents: (file) => unused(nameOf(file)),
    },
    // Signing for several regions at once, as only Multi-Region Access Points demand.
    {
      filter: /\/SignatureV4MultiRegion\.js$/,
      contents: () =>
        'import { SignatureV4 } from "@smithy/signature-v4";\n' +
        'export class SignatureV4MultiRegion extends SignatureV4 { static sigv4aDependency() { return "none"; } }',
    },
    // The SDK imports its package.json only for the version in the user agent.
    {
      filter: /\/@aws-sdk\/[^/]+\/package\.json$/,
      contents: (file) => {
        const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
        return `export default ${JSON.stringify({ version })};`;
      },
    },
    // Retries that also limit the rate of requests: here, AWS_RETRY_MODE=adaptive means the standard mode.
    {
      filter: /\/util-retry\/AdaptiveRetryStrategy\.js$/,
      contents: () =>
        'export { StandardRetryStrategy as AdaptiveRetryStrategy } from "./StandardRetryStrategy";',
    },
    // Lambda has no configuration files, and looking for them takes time before the first request.
    {
      filter: /\/loadSharedConfigFiles\.js$/,
      contents: () =>
        'export { CONFIG_PREFIX_SEPARATOR } from "./constants";\n' +
        'export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });',
    },
  ],
  // Schemas of every operation, although the function uses few, and a class per error, although the function identifies
  // errors by name and status.
  'schemas of other operations': [
    {
      filter: /\/@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/,
      contents: (file) => withPlainKeys(withoutErrors(readFileSync(file, 'utf8'))),
    },
  ],
};

/** Packages that the bundle replaces. */
const substitutes: Record<string, string> = {
  '@aws-sdk/credential-provider-node': path('./substitutes/credential-provider-node.ts'),
  // The SDK also imports them dynamically, which makes esbuild wrap 182 modules and tree-shake them less well.
  '@smithy/core/event-streams': path('./substitutes/event-streams.ts'),
};

/** What the bundle replaces, for {@link lambdaBundleWith}. */
export const replacedCode = [...Object.keys(substitutes), ...Object.keys(replacements)];

function replacing(kept: string | undefined): Plugin {
  return {
    name: 'trimmed-sdk',
    setup(bundler) {
      const replaced = Object.entries(replacements).flatMap(([name, each]) => (name === kept ? [] : each));
      for (const { filter, contents } of replaced) {
        bundler.onLoad({ filter }, ({ path: file }) => ({
          contents: contents(file),
          resolveDir: dirname(file),
        }));
      }
    },
  };
}

/** A class can still be constructed: the SDK does so at start. */
function unused(name: string): string {
  return /^[A-Z]/.test(name)
    ? `export class ${name} {}`
    : `export function ${name}() { throw new Error("not in this bundle"); }`;
}

/** The function or class that a file of the SDK is named after. */
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
  alias: substitutes,
  plugins: [replacing(undefined)],
  legalComments: 'none',
} satisfies BuildOptions;

/** The same, but for one of {@link replacedCode}. */
export function lambdaBundleWith(kept: string): BuildOptions {
  const alias = Object.fromEntries(Object.entries(substitutes).filter(([name]) => name !== kept));
  return { ...lambdaBundleOptions, alias, plugins: [replacing(kept)] };
}

/** Writes the bundle to its folder, where Lambda can load it as `index.handler`. */
export async function bundleLambda(): Promise<void> {
  const { outputFiles } = await build({ ...lambdaBundleOptions, write: false });
  replaceFile(join(lambdaBundleFolder, 'package.json'), '{ "type": "commonjs" }\n');
  for (const { path: file, contents } of outputFiles)
    replaceFile(join(lambdaBundleFolder, basename(file)), contents);
}

if (import.meta.main) await bundleLambda();
