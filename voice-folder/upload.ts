import type { ObjectName } from './names.ts';

/** Somebody uploaded a manifest. */
export interface ManifestUpload extends ObjectName {
  /** The manifest's key, decoded. */
  key: string;
  /** S3's `sequencer` of the upload, in capitals, without zeros at its end: tells the uploads of one key apart. */
  sequencer: string;
  uploadedAt: Date;
}

/** Orders two uploads of one key: the shorter sequencer counts as padded with zeros ("Event message structure"). */
export function isNewerUpload(upload: string, than: string): boolean {
  const length = Math.max(upload.length, than.length);
  return upload.padEnd(length, '0') > than.padEnd(length, '0');
}

/**
 * A `sequencer` in the form in which two of one upload are equal: S3's are hexadecimal numbers in any case, of which a
 * shorter one counts as padded with zeros.
 */
export function normalSequencer(sequencer: string): string {
  return sequencer.toUpperCase().replace(/(?<=.)0+$/, '');
}
