import { fileURLToPath } from 'node:url';

/*
 * Where things are that the program brings along: here in a checkout. In the package there is packed-installation.ts
 * in its stead.
 */

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The manifest's JSON Schema. */
export const schemaFile = path('../manifest.schema.json');

/** Voice folders to try the program with. */
export const exampleFolder = path('../examples/voices');

/** @returns the folder of the function's bundle, which is made from the sources as they are now */
export async function functionFolder(): Promise<string> {
  const { bundleLambda, lambdaBundleFolder } = await import('../functions/bundle.ts');
  await bundleLambda();
  return lambdaBundleFolder;
}

/** Whether packages that it lacks go into a project, and not where npm keeps programs for everywhere. */
export const isInProject = true;
