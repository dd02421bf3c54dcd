import { setFlagsFromString } from 'node:v8';

/**
 * Sets V8 up for a function that runs most of its code once. V8 reads this flag at each decision and ignores unknown ones.
 * `NODE_OPTIONS` does not work: Lambda sets such flags on Node's command line, which takes precedence.
 */
export function tuneV8(): void {
  // Loading the SDK enlarges the young generation, which then rarely fills. With a thousand samples encrypted with KMS, that
  // would take a sixth more memory (`bench --only builds`).
  setFlagsFromString('--semi-space-growth-factor=1');
}
