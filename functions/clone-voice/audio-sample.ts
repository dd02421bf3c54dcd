import type { Readable } from 'node:stream';
import type { ClonePart } from '../../shared/clone-request.ts';

/** A recording to clone from. Its bytes are read only while it is being sent. */
export interface AudioSample {
  /** File name, as the API gets it. */
  name: string;
  /** Media type, such as `audio/mpeg`. */
  type: string;
  /** Length in bytes; exactly this many are sent. */
  size: number;
  /** Starts reading. Resolves once the source has answered; the stream is destroyed by whoever opened it. */
  open(signal: AbortSignal): Promise<Readable>;
}

/** A field of the form, as this sender encodes it. */
export type AudioPart = ClonePart<AudioSample>;
