import { setFlagsFromString } from 'node:v8';

/**
 * Turns off V8's first compiler, for a function that runs most of its code once: a clone of a few megabytes is over before
 * compiling the SDK pays. V8 reads the flag at each decision and ignores unknown ones. `NODE_OPTIONS` does not work:
 * Lambda sets such flags on Node's command line, which takes precedence. `npm run bench -- --only builds` measures the gain.
 */
export function tuneV8(): void {
  setFlagsFromString('--no-sparkplug');
}
