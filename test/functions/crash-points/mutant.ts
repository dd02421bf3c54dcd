import { mkdir, readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { deliver } from '../../../functions/clone-voice/deliver.ts';

/** A mistake in the function's sources: the original text, and its replacement. */
export interface Mistake {
  /** File in `functions/clone-voice`. */
  file: string;
  replace: string;
  by: string;
}

const sources = fileURLToPath(new URL('../../../functions/clone-voice/', import.meta.url));
/** Inside the project, so that it finds the same copies of its packages. */
const cacheFolder = fileURLToPath(new URL('../../../node_modules/.cache/mutants/', import.meta.url));

/**
 * The function with a mistake in it.
 *
 * @throws {Error} when the place to change is not there exactly once: the sources have changed, and the mistake has to
 *   be written anew.
 */
export async function makeMistake(name: string, mistake: Mistake): Promise<typeof deliver> {
  await mkdir(cacheFolder, { recursive: true });
  const outfile = resolve(cacheFolder, `${name.replaceAll(/\W+/g, '-')}.mjs`);
  await build({
    entryPoints: [resolve(sources, 'deliver.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    plugins: [
      {
        name: 'mistake',
        setup(esbuild) {
          esbuild.onLoad(
            { filter: /(functions.clone-voice|voice-folder).([\w-]+.)?[^/\\]+\.ts$/ },
            async ({ path }) => {
              if (basename(path) !== mistake.file) return undefined;
              const text = await readFile(path, 'utf8');
              if (text.split(mistake.replace).length !== 2) {
                throw new Error(`${mistake.file} does not hold this exactly once: ${mistake.replace}`);
              }
              return { contents: text.replace(mistake.replace, () => mistake.by), loader: 'ts' };
            },
          );
        },
      },
    ],
  });
  const module = (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as {
    deliver: typeof deliver;
  };
  return module.deliver;
}
