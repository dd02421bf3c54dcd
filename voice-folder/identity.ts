import { hash } from 'node:crypto';
import type { FolderFile, JudgedSample } from './judge-samples.ts';
import type { Manifest } from './manifest.ts';

/*
 * What makes two drops the same. An ETag or a checksum of S3 is only a hint: a copy has another ETag, two tools choose
 * two part sizes (findings/s3-tools-etags.sh) and two checksums (findings/aws-tools-different-checksums.sh), and KMS
 * makes an ETag random. The recordings themselves are known only once they have been read, so:
 *
 * | hash of | known | equal means |
 * |---|---|---|
 * | shape | when the folder is listed | perhaps the same recordings |
 * | fingerprint | when the folder is listed | surely the same, in the same folder or another |
 * | recordings | when all bytes have passed | the same recordings, if the shape is equal too |
 */

/**
 * Hashes where a voice would be made and from how much sound. Names of files do not count: macOS writes them in NFD,
 * other tools in NFC. Nor does how often a recording is there: whether S3 tells it depends on how it was uploaded.
 */
export function shapeOf(
  { apiUrl, secretId }: { apiUrl: string; secretId: string },
  { settings, subOrganizationId }: Manifest,
  samples: readonly { size: number }[],
): string {
  return hashOf([
    new URL(apiUrl).href.replace(/\/+$/, ''),
    // Without what only an ARN has: people write that or the name. A secret that is created again ends with other characters.
    secretId.replace(/^arn:.+?:secret:(.+?)(-\w{6})?$/, '$1'),
    inKeyOrder(settings),
    subOrganizationId ?? null,
    [...new Set(samples.map(({ size }) => size))].toSorted((a, b) => a - b),
  ]);
}

/** Hashes settings and samples as S3 lists them, independent of the manifest's formatting. */
export function fingerprintOf(
  { settings, subOrganizationId }: Manifest,
  samples: readonly (JudgedSample<FolderFile> & { etag: string })[],
): string {
  return hashOf([
    inKeyOrder(settings),
    subOrganizationId ?? null,
    samples.map(({ name, size, etag }) => [name, size, etag]),
  ]);
}

/**
 * Hashes the content of the recordings.
 *
 * @param digests the SHA-256 of each sample that was sent, in any order
 */
export function recordingsOf(digests: readonly string[]): string {
  return hashOf([...new Set(digests)].toSorted());
}

/** 144 bits, in base64url: a ledger holds three of them for each of a thousand drops. */
export function hashOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url').slice(0, 24);
}

/** Without what the API takes as if it were not sent. */
function inKeyOrder(settings: object): [string, unknown][] {
  return Object.entries(settings)
    .filter(([, value]) => value !== false && value.length !== 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [key, inOneForm(value)]);
}

/** Locales in any order, and texts in any Unicode form, ask for the same voice. */
function inOneForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(String).toSorted((a, b) => (a < b ? -1 : 1));
  return typeof value === 'string' ? value.normalize() : value;
}
