import { setFlagsFromString } from 'node:v8';

/**
 * Sets V8 up for a function that runs most of its code once, and little of it for each chunk of a sample. V8 reads these
 * flags at each decision and ignores unknown ones. `NODE_OPTIONS` does not work: Lambda sets such flags on Node's command
 * line, which takes precedence. `npm run bench -- --only builds` measures what each brings.
 */
export function tuneV8(): void {
  // Collects sample buffers in the young generation, which takes a millisecond. Loading the SDK enlarges that generation,
  // so it rarely fills; V8 then collects the whole heap instead, dozens of times per gigabyte.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--minor-gc-task-trigger=20');
  // Without V8's first compiler, most of the SDK is only interpreted: a clone of a few megabytes is over before
  // compiling pays.
  setFlagsFromString('--no-sparkplug');
}
