import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/* What installation.ts says of a checkout, said of the package: `cli/build.ts` puts all of this there. */

/** All code of the package is in one folder, beside this. */
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export const schemaFile = path('../manifest.schema.json');

export const exampleFolder = path('../examples/voices');

export function functionFolder(): Promise<string> {
  return Promise.resolve(path('../clone-voice'));
}

/** What holds `node_modules` is no project where npm installs globally. */
export const isInProject = existsSync(path('../../../package.json'));
