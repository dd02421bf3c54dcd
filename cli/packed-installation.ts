import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/* The package's version of installation.ts; `release/build-program.ts` substitutes it. */

/** Relative to the package's `dist` folder, which contains all code. */
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** How to run the program. */
export const programCommand = 'callers-voice-clone';

/** Example voice folders. */
export const exampleFolder = path('../examples/voices');

/** @returns the folder of the function's bundle, which comes with the package */
export function functionFolder(): Promise<string> {
  return Promise.resolve(path('../clone-voice'));
}

/** A global installation has no package.json next to `node_modules`. */
export const isInProject = existsSync(path('../../../package.json'));
