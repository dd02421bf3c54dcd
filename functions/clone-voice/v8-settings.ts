import { setFlagsFromString } from 'node:v8';

/**
 * Sets V8 up for a function that runs most of its code once. V8 reads these flags at each decision and ignores unknown ones.
 * `NODE_OPTIONS` does not work: Lambda sets such flags on Node's command line, which takes precedence.
 */
export function tuneV8(): void {
  // Without V8's first compiler: a clone of a few megabytes is over before compiling the SDK pays (`bench --only builds`).
  setFlagsFromString('--no-sparkplug');
  // Loading the SDK enlarges the young generation, which then rarely fills. With a thousand samples of one size, encrypted with
  // KMS, that would take 35 MB more (`bench --only large`).
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--minor-gc-task-trigger=20');
}
