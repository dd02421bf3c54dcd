import { createHash } from 'node:crypto';

/** An object in a bucket. */
export interface ObjectName {
  bucket: string;
  key: string;
}

/** The file that makes a folder a voice folder. */
export const MANIFEST_NAME = 'manifest.json';
export const RESULT_NAME = 'result.json';

/** Patterns of the keys of all results below a prefix, which itself may be a voice folder. */
export function resultPatterns(prefix: string): string[] {
  return [`${prefix}${RESULT_NAME}`, `${prefix}*/${RESULT_NAME}`];
}

/** A pattern of the keys of all manifests below a prefix. It also matches `my-manifest.json`. */
export function manifestPattern(prefix: string): string {
  return `${prefix}*${MANIFEST_NAME}`;
}

/**
 * Whether a name is a near miss, such as `Manifest.json`, or `manifest.json.txt` from Windows hiding
 * extensions.
 */
export function isMisnamedManifest(name: string): boolean {
  return name !== MANIFEST_NAME && /^manifest( ?\(\d+\))?\.json(\.txt)?$/i.test(name.trim());
}

/** "Naming Amazon S3 objects", Amazon S3 User Guide. */
export const MAX_KEY_BYTES = 1_024;

/** A key's prefix, including the trailing slash; empty at the top of the bucket. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** The name of the result for a manifest's folder. */
export function resultOf({ bucket, key }: ObjectName): ObjectName {
  return { bucket, key: folderOf(key) + RESULT_NAME };
}

/** The name of the ledger for a manifest's folder, in the state bucket. */
export function ledgerOf(stateBucket: string, { bucket, key }: ObjectName): ObjectName {
  const folder = folderOf(key);
  const ledger = `${bucket}/${folder}ledger.json`;
  return {
    bucket: stateBucket,
    key: Buffer.byteLength(ledger) > MAX_KEY_BYTES ? hashedLedgerOf(bucket, folder) : ledger,
  };
}

/**
 * The key of a ledger whose folder's path leaves no room for the bucket's name: a hash, below as many of the folders as
 * fit, because the function's permissions end at its pipeline's prefix. No other ledger has such a name.
 */
function hashedLedgerOf(bucket: string, folder: string): string {
  const name = `${sha256(folder)}.json`;
  const fits = (parents: string) => Buffer.byteLength(`${bucket}/${parents}${name}`) <= MAX_KEY_BYTES;
  let parents = folder;
  while (!fits(parents)) parents = parents.replace(/[^/]*\/$/, '');
  return `${bucket}/${parents}${name}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
