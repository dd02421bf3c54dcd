import type { ObjectName } from './names.ts';

/** Somebody uploaded a manifest. */
export interface ManifestUpload extends ObjectName {
  /** The manifest's key, decoded. */
  key: string;
  /** S3's `sequencer` of the upload: tells the uploads of one key apart and orders them. */
  upload: string;
  uploadedAt: Date;
}

/** Orders two uploads of one key: hexadecimal numbers, of which S3 may give a shorter and a longer one. */
export function isNewerUpload(upload: string, than: string): boolean {
  const length = Math.max(upload.length, than.length);
  const comparable = (sequencer: string) => sequencer.toUpperCase().padEnd(length, '0');
  return comparable(upload) > comparable(than);
}
