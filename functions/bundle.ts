import { mkdirSync, writeFileSync } from 'node:fs';
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
  await build(lambdaBundleOptions);
  mkdirSync(lambdaBundleFolder, { recursive: true });
  writeFileSync(`${lambdaBundleFolder}/package.json`, '{ "type": "commonjs" }\n');
}

if (import.meta.main) await bundleLambda();
