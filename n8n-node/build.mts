import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build as bundle } from 'esbuild';

/** Makes an n8n version without zod/v4-mini log its minimum version instead of a missing module. */
const banner = `try { require("zod/v4-mini"); } catch { throw new Error("n8n-nodes-callers needs n8n 1.123 or newer"); }`;

/** Builds the package's files as n8n loads them. Run by `node build.mts` and by tests. */
const root = import.meta.dirname;

const { outputFiles, metafile } = await bundle({
  absWorkingDir: root,
  entryPoints: ['nodes/Callers/Callers.node.ts', 'credentials/CallersApi.credentials.ts'],
  outdir: 'dist',
  outbase: '.',
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  charset: 'utf8',
  minify: true,
  banner: { js: banner },
  // n8n provides them; a second copy of n8n-workflow would break `instanceof`.
  external: ['n8n-workflow', 'zod/v4-mini'],
});

// With `--sources`, tells a test what the bundles hold.
if (process.argv.includes('--sources')) console.log(JSON.stringify(Object.keys(metafile.inputs)));
if (process.argv.includes('--clean')) rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const { path, contents } of outputFiles) writeWhole(path, contents);
const assets = ['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'];
for (const file of globSync(assets, { cwd: root })) {
  writeWhole(join(root, 'dist', file), readFileSync(join(root, file)));
}

/** Replaces a file atomically, because several tests build at the same time. */
function writeWhole(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, contents);
  renameSync(`${path}.${process.pid}`, path);
}
