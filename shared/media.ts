/** A recording's format. Unknown fields are missing. */
export interface Media {
  /** Such as `WAV`. */
  container?: string;
  /** Such as `AAC`, or `PCM` for uncompressed audio. */
  codec?: string;
  seconds?: number;
  /** In Hz. */
  sampleRate?: number;
  channels?: number;
  /** Average of the audio. */
  bitsPerSecond?: number;
  /** The file declares more audio than it contains. */
  isTruncated?: true;
  /** Another file of the same format follows the first. */
  isJoined?: true;
}
