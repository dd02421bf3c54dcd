import { hashOf } from './identity.ts';
import type { ObjectName } from './names.ts';

/*
 * User metadata on a manifest's S3 object. A copy of the object carries a copy of its metadata, so each value says what
 * it was made for.
 */

const SAMPLES = 'voice-samples';
const BYTES = 'voice-bytes';
const FOLDER = 'voice-folder';
const AGAIN = 'voice-again';
const SEEN = 'voice-seen';

/** How many samples were uploaded before the manifest, and their total bytes. */
export interface Mark {
  samples: number;
  bytes: number;
}

/**
 * The metadata of a manifest that is uploaded after its samples: a folder with exactly these is complete without having
 * to settle.
 *
 * @param key the manifest's. The bucket does not count, because replication keeps keys
 */
export function markOf(key: string, samples: readonly { size: number }[]): Record<string, string> {
  const { samples: count, bytes } = totalOf(samples);
  return { [SAMPLES]: String(count), [BYTES]: String(bytes), [FOLDER]: hashOf([key]) };
}

/** Reads a mark; undefined if there is none, or if it was made for another folder. */
export function markIn(metadata: Record<string, string>, key: string): Mark | undefined {
  if (metadata[FOLDER] !== hashOf([key])) return undefined;
  const mark = { samples: Number(metadata[SAMPLES]), bytes: Number(metadata[BYTES]) };
  return Number.isSafeInteger(mark.samples) && Number.isSafeInteger(mark.bytes) ? mark : undefined;
}

/** Whether the folder has exactly what was uploaded before the manifest, less, or something else. */
export function compareWithMark(
  mark: Mark,
  samples: readonly { size: number }[],
): 'complete' | 'fewer' | 'other' {
  const found = totalOf(samples);
  if (found.samples === mark.samples && found.bytes === mark.bytes) return 'complete';
  return found.samples < mark.samples ? 'fewer' : 'other';
}

function totalOf(samples: readonly { size: number }[]): Mark {
  return { samples: samples.length, bytes: samples.reduce((sum, { size }) => sum + size, 0) };
}

/** The metadata without marks: they are about the upload before. */
export function withoutMarks(metadata: Record<string, string>): Record<string, string> {
  const marks = new Set([SAMPLES, BYTES, FOLDER, AGAIN, SEEN]);
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !marks.has(name)));
}

/** What tells the results of a folder apart. */
export interface ResultId {
  upload: string;
  finishedAt: string;
}

/** The metadata of a manifest with which a person asks for another voice of recordings that were cloned. */
export function againMark(manifest: ObjectName, seen: ResultId): Record<string, string> {
  return { [AGAIN]: againHash(manifest, seen) };
}

/** The metadata of a manifest with which a person tries again after a result; none if the bucket's own name is unknown. */
export function seenMark(manifest: ObjectName, seen: ResultId): Record<string, string> {
  return isAlias(manifest.bucket) ? {} : { [SEEN]: againHash(manifest, seen) };
}

/** Whether a bucket's name is that of an access point ("Access point aliases", Amazon S3 User Guide). */
export function isAlias(bucket: string): boolean {
  return bucket.endsWith('-s3alias');
}

/** Whether the metadata says that the person had seen exactly this result. */
export function sawThis(
  metadata: Record<string, string>,
  manifest: ObjectName,
  { upload, finishedAt }: ResultId,
): boolean {
  return metadata[SEEN] === againHash(manifest, { upload, finishedAt });
}

/** Whether the metadata says that the person had seen another result than this one. */
export function sawAnother(
  metadata: Record<string, string>,
  manifest: ObjectName,
  { upload, finishedAt }: ResultId,
): boolean {
  const seen = metadata[AGAIN] ?? metadata[SEEN];
  return seen !== undefined && seen !== againHash(manifest, { upload, finishedAt });
}

/**
 * Whether the metadata asks for another voice after exactly this result. It is used up once there is another result, and
 * worthless in a copy.
 */
export function asksAgain(
  metadata: Record<string, string>,
  manifest: ObjectName,
  { upload, finishedAt }: ResultId,
): boolean {
  return metadata[AGAIN] === againHash(manifest, { upload, finishedAt });
}

function againHash({ bucket, key }: ObjectName, { upload, finishedAt }: ResultId): string {
  return hashOf([bucket, key, upload, finishedAt]);
}
