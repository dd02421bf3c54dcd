import { setFlagsFromString } from 'node:v8';

/**
 * Makes V8 collect sample buffers in the young generation, which takes a millisecond. Loading the SDK
 * enlarges that generation, so it rarely fills; V8 then collects the whole heap instead, dozens of times per
 * gigabyte, which takes up to a fifth more CPU time and 50 MB more memory (`npm run bench -- --only upload`).
 *
 * V8 reads these flags at each decision and ignores unknown ones. `NODE_OPTIONS` does not work: Lambda sets
 * such flags on Node's command line, which takes precedence.
 */
export function collectSamplesCheaply(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--minor-gc-task-trigger=40');
}
