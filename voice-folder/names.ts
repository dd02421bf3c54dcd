import { hash } from 'node:crypto';

/** An object in a bucket. */
export interface ObjectName {
  bucket: string;
  key: string;
}

/** The file that makes a folder a voice folder. */
export const MANIFEST_NAME = 'manifest.json';
/** The file that reports the outcome of a drop. */
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
 * Whether a name is a near miss, such as `Manifest.json`, `manifest.json.txt` from Windows hiding extensions, or a copy as
 * browsers, Windows and macOS name it, in some languages.
 */
export function isMisnamedManifest(name: string): boolean {
  return name !== MANIFEST_NAME && NEAR_MISS.test(name.trim().normalize());
}

const NEAR_MISS =
  /^(?=.*\.json)(copy of )?manifest(\.json)?(( -)? (copy|kopie|copie|copia|cópia))*( ?\(?\d+\)?)?(\.json|\.txt)*$/i;

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

/**
 * Where a pipeline keeps its state: below `<bucket>/<prefix>` in the state bucket, so that its rights can end there.
 */
export interface StatePlace {
  stateBucket: string;
  /** The prefix of the pipeline's voice folders, empty or ending with a slash. */
  prefix: string;
}

/** The name of the ledger for a manifest's folder. */
export function ledgerOf({ stateBucket, prefix }: StatePlace, { bucket, key }: ObjectName): ObjectName {
  const ledger = `${bucket}/${folderOf(key)}ledger.json`;
  // Hashes a path that leaves no room for the bucket's name. No other ledger has such a name.
  const hashed = `${bucket}/${prefix}${sha256(folderOf(key))}.json`;
  return { bucket: stateBucket, key: Buffer.byteLength(ledger) > MAX_KEY_BYTES ? hashed : ledger };
}

/** The name of the list of folders that claimed a shape (identity.ts). */
export function sameShapeOf({ stateBucket, prefix }: StatePlace, bucket: string, shape: string): ObjectName {
  return { bucket: stateBucket, key: `${bucket}/${prefix}same/${shape}.json` };
}

/** A manifest's folder as people write it. */
export function folderUrl({ bucket, key }: ObjectName): string {
  return `s3://${bucket}/${folderOf(key)}`;
}

/** The manifest of a folder that {@link folderUrl} names. */
export function manifestAt(url: string): ObjectName {
  const [, , bucket = '', ...path] = url.split('/');
  return { bucket, key: path.join('/') + MANIFEST_NAME };
}

function sha256(text: string): string {
  return hash('sha256', text);
}
