import { fileURLToPath } from 'node:url';

/*
 * Paths of files that come with the program, in a checkout. The package uses packed-installation.ts instead.
 */

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** How to run the program; `--no` keeps npx from installing a package of this name. */
export const programCommand = 'npx --no callers-voice-clone';

/** Example voice folders. */
export const exampleFolder = path('../examples/voices');

/** @returns the folder of the function's bundle, which is rebuilt from the current sources */
export async function functionFolder(): Promise<string> {
  const { bundleLambda, lambdaBundleFolder } = await import('../functions/bundle.ts');
  await bundleLambda();
  return lambdaBundleFolder;
}

/** Whether missing packages should be installed into a project instead of globally. */
export const isInProject = true;
