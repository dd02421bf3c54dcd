import { createRequire } from 'node:module';
import type { Job } from '../job.ts';

/**
 * Loads a package that only the bench needs and that is therefore installed outside this project.
 *
 * @throws {Error} if it is not there
 */
// oxlint-disable-next-line no-unnecessary-type-parameters -- only the caller knows what is in it
export function peer<Module>({ peers }: Job, name: string): Module {
  return createRequire(`${peers}/`)(name) as Module;
}
