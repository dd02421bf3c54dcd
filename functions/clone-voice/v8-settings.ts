import { setFlagsFromString } from 'node:v8';

/**
 * Sets V8 up for a function that runs much code once, and little code for each chunk of a sample. V8 reads these flags at
 * each decision and ignores unknown ones. `NODE_OPTIONS` does not work: Lambda sets such flags on Node's command line,
 * which takes precedence. `npm run bench -- --only builds` measures what each brings.
 */
export function tuneV8(): void {
  // Collects sample buffers in the young generation, which takes a millisecond. Loading the SDK enlarges that generation,
  // so it rarely fills; V8 then collects the whole heap instead, dozens of times per gigabyte.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--minor-gc-task-trigger=20');
  // Compiles only what runs for each chunk of a large sample, and compiles that once: a clone of a few megabytes is over
  // before compiling the SDK pays, and the second compiler takes 15 MB.
  setFlagsFromString('--no-sparkplug');
  setFlagsFromString('--no-turbofan');
  setFlagsFromString('--invocation-count-for-maglev=3000');
}
