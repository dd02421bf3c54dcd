import { setFlagsFromString } from 'node:v8';

/**
 * Sets V8 up for a function that runs most of its code once. V8 reads these flags at each decision and ignores unknown ones.
 * `NODE_OPTIONS` does not work: Lambda sets such flags on Node's command line, which takes precedence. `bench --only builds`
 * measures what they save.
 */
export function tuneV8(): void {
  // Loading the SDK enlarges the young generation, which then rarely fills. With a thousand samples encrypted with KMS, that
  // would take a sixth more memory.
  setFlagsFromString('--semi-space-growth-factor=1');
  // Compiles only what runs for each chunk of a sample: a clone of a few megabytes is over before compiling the SDK pays.
  setFlagsFromString('--no-sparkplug');
  setFlagsFromString('--invocation-count-for-maglev=1500');
  setFlagsFromString('--invocation-count-for-turbofan=20000');
}
