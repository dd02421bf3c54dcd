import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Where the bundle goes. */
export const lambdaBundleFolder = path('../dist/clone-voice');

/** How the Lambda function is bundled, for `npm run build` and for deployment alike. */
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
