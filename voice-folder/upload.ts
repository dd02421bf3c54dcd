import type { ObjectName } from './names.ts';

/** An upload of a manifest. */
export interface ManifestUpload extends ObjectName {
  /** The manifest's key, decoded. */
  key: string;
  /** S3's normalized `sequencer`, which orders the uploads of one key. */
  sequencer: string;
  uploadedAt: Date;
  /**
   * Whether S3 copied an object, as tools also do to change its time, storage class or key
   * (findings/rclone-touch-copies-in-place.sh).
   */
  isCopy: boolean;
}

/** Compares two uploads of one key; S3 pads the shorter sequencer with zeros ("Event message structure"). */
export function isNewerUpload(upload: string, than: string): boolean {
  const length = Math.max(upload.length, than.length);
  return upload.padEnd(length, '0') > than.padEnd(length, '0');
}

/**
 * Normalizes a `sequencer`, so that equal ones are equal strings: uppercase hexadecimal, without trailing
 * zeros, because S3 pads the shorter one with zeros.
 */
export function normalSequencer(sequencer: string): string {
  let end = sequencer.length;
  while (end > 1 && sequencer[end - 1] === '0') end--;
  return sequencer.slice(0, end).toUpperCase();
}
