import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { replaceFile } from '../functions/replace-file.ts';

const folder = join(import.meta.dirname, '../n8n-node');

/** Makes an n8n version without zod/v4-mini log its minimum version instead of a missing module. */
const banner = `try { require("zod/v4-mini"); } catch { throw new Error("n8n-nodes-callers needs n8n 1.123 or newer"); }`;

/**
 * Builds the npm package `n8n-nodes-callers` in its workspace, where n8n's tools expect it.
 *
 * @param options.clean Removes what earlier builds left. @default false, because several tests build at the same time
 * @returns its folder, and the files that it bundles, relative to that
 */
export async function buildNode({ clean = false } = {}): Promise<{ folder: string; sources: string[] }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: folder,
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
  if (clean) rmSync(join(folder, 'dist'), { recursive: true, force: true });
  for (const { path, contents } of outputFiles) replaceFile(path, contents);
  for (const file of globSync(['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], {
    cwd: folder,
  })) {
    const content = readFileSync(join(folder, file), 'utf8');
    replaceFile(
      join(folder, 'dist', file),
      file.endsWith('.json') ? JSON.stringify(JSON.parse(content)) : content,
    );
  }
  return { folder, sources: Object.keys(metafile.inputs) };
}
