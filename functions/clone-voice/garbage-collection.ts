import { setFlagsFromString } from 'node:v8';

/**
 * Samples pass through in buffers outside V8's heap, garbage as soon as they are sent: 64 KB each time that a socket is
 * read. A collection of the young generation frees them in a millisecond. But that has grown while the SDK was loaded, so
 * it is seldom full in time, and V8 collects everything instead: dozens of times for a gigabyte, up to half of the CPU
 * time, and with a fifth more memory. `npm run bench -- --only upload` measures it.
 *
 * V8 reads these flags anew whenever it decides what to collect and when; none of them changes how memory is laid out, and
 * one that a later V8 does not know is ignored. They are not in `NODE_OPTIONS`, because Lambda gives Node flags of this kind on
 * its command line, which comes first.
 */
export function collectSamplesCheaply(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--minor-gc-task-trigger=40');
  // How much may come, in percent of what is in use, before everything is collected: more than between two young collections.
  setFlagsFromString('--heap-growing-percent=400');
}
