import type { Readable } from 'node:stream';
import type { ClonePart } from '../../../shared/clone-request.ts';

/** A recording to clone from. Its bytes are read only during sending. */
export interface AudioSample {
  /** File name, as sent to the API. */
  name: string;
  /** Media type, such as `audio/mpeg`. */
  type: string;
  /** Length in bytes; exactly this many are sent. */
  size: number;
  /** Receives the first bytes, as many as `SNIFF_BYTES`, before they are sent. */
  onStart?(start: Uint8Array): void;
  /** Starts reading. Resolves once the source has answered. The caller must destroy the stream. */
  open(signal: AbortSignal): Promise<Readable>;
}

/** A form field, as encoded by this sender. */
export type AudioPart = ClonePart<AudioSample>;
