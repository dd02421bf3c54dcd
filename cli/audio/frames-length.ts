import { type Frame, frameIn, tagLength } from '../../shared/audio-frames.ts';
import { apeLength } from './frames-behind.ts';
import type { Walker } from './walker.ts';

/** Needed to recognize a frame, a tag or a page. */
const HEAD = 10;

/** Of MP3 and AAC: adds up all frames. */
export function framesOf(): Walker {
  let seconds = 0;
  let last: Frame | undefined;
  return {
    take(bytes) {
      if (bytes.length < HEAD) return 0;
      const frame = frameIn(bytes);
      if (!frame) {
        last = undefined;
        return tagLength(bytes) || apeLength(bytes) || 1;
      }
      // A sync word in the middle of something else is followed by nothing.
      const next = last ? frame : frameAfter(bytes, frame);
      if (next === 'unknown') return 0;
      if (!next) return 1;
      last = frame;
      seconds += frame.samples / frame.sampleRate;
      return frame.bytes;
    },
    seconds: () => (seconds > 0 ? seconds : undefined),
  };
}

function frameAfter(bytes: Buffer, { bytes: length }: Frame): Frame | 'unknown' | undefined {
  if (bytes.length < length + HEAD) return 'unknown';
  return frameIn(bytes.subarray(length));
}
