import { createHash } from 'node:crypto';

/** An object in a bucket. */
export interface ObjectName {
  bucket: string;
  key: string;
}

/** What makes a folder a voice folder. */
export const MANIFEST_NAME = 'manifest.json';
export const RESULT_NAME = 'result.json';

/** `Manifest.json`, or `manifest.json.txt` as Windows makes of it where it hides extensions: it makes no voice folder. */
export function isMisnamedManifest(name: string): boolean {
  return name !== MANIFEST_NAME && /^manifest( ?\(\d+\))?\.json(\.txt)?$/i.test(name.trim());
}

/** "Naming Amazon S3 objects", Amazon S3 User Guide. */
export const MAX_KEY_BYTES = 1_024;

/** The prefix that a key lies in, with its slash; empty at the top of the bucket. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** Where the result of a manifest's folder goes. */
export function resultOf({ bucket, key }: ObjectName): ObjectName {
  return { bucket, key: folderOf(key) + RESULT_NAME };
}

/** Where the ledger of a manifest's folder is, in the state bucket. */
export function ledgerOf(stateBucket: string, { bucket, key }: ObjectName): ObjectName {
  const ledger = `${bucket}/${folderOf(key)}ledger.json`;
  return {
    bucket: stateBucket,
    // Of a path that is too long for the bucket's name before it. No other ledger's name ends so.
    key: Buffer.byteLength(ledger) > MAX_KEY_BYTES ? `${bucket}/${sha256(folderOf(key))}.json` : ledger,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
