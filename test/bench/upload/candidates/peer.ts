import { createRequire } from 'node:module';
import type { Job } from '../job.ts';

/** Loads a package that only the bench needs, so that it lies outside this project. */
// oxlint-disable-next-line no-unnecessary-type-parameters -- nobody else knows what is in it
export function peer<Module>({ peers }: Job, name: string): Module {
  return createRequire(`${peers}/`)(name) as Module;
}
