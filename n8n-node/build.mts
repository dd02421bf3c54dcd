import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build as bundle } from 'esbuild';

/** Says in n8n's log what an n8n without the zod of this package lacks, instead of the name of a module. */
const banner = `try { require("zod/v4-mini"); } catch { throw new Error("n8n-nodes-callers needs n8n 1.123 or newer"); }`;

/** The package's files as n8n loads them. `node build.mts` writes them; tests do as well. */
const root = import.meta.dirname;

const { outputFiles } = await bundle({
  absWorkingDir: root,
  entryPoints: ['nodes/Callers/Callers.node.ts', 'credentials/CallersApi.credentials.ts'],
  outdir: 'dist',
  outbase: '.',
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  charset: 'utf8',
  banner: { js: banner },
  // n8n has them; a second n8n-workflow would even break `instanceof`.
  external: ['n8n-workflow', 'zod/v4-mini'],
});

if (process.argv.includes('--clean')) rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const { path, contents } of outputFiles) writeWhole(path, contents);
const assets = ['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'];
for (const file of globSync(assets, { cwd: root })) {
  writeWhole(join(root, 'dist', file), readFileSync(join(root, file)));
}

/** Tests build at the same time as each other: a file is replaced, never half there. */
function writeWhole(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, contents);
  renameSync(`${path}.${process.pid}`, path);
}
