import { setFlagsFromString } from 'node:v8';

/**
 * Samples pass through in buffers outside V8's heap: each time that a socket is read, 64 KB that Node reads into, and 64 KB
 * for a copy of the body in them. The sender gives the copy back once it is sent; the other is garbage, which a collection of
 * the young generation frees in a millisecond. But that has grown while the SDK was loaded, so it is seldom full in time,
 * and V8 collects everything instead, dozens of times for a gigabyte: up to a fifth more CPU time, and up to 50 MB more
 * memory. `npm run bench -- --only upload` measures it.
 *
 * V8 reads these flags anew whenever it decides what to collect and when; neither of them changes how memory is laid out, and
 * one that a later V8 does not know is ignored. They are not in `NODE_OPTIONS`, because Lambda gives Node flags of this kind on
 * its command line, which comes first.
 */
export function collectSamplesCheaply(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--minor-gc-task-trigger=40');
}
