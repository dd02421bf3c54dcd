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
  /** Other files of the same format follow the first. */
  isJoined?: true;
  /** Whole bytes of each sample are not used. */
  isPadded?: true;
  /** Its header declares no sound, as before the end of a recording. */
  isUnfinished?: true;
  /** It begins with a tag of MP3, which its format does not allow. */
  isTagged?: true;
  /** The sound that the file holds is longer than what is to be heard. In seconds. */
  trimmed?: { seconds: number; keep: readonly (readonly [from: number, to: number])[] };
}
