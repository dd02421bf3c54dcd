import { MANIFEST_NAME } from '../voice-folder/names.ts';
import { exitCodes, ProgramError } from './output.ts';

/** A place in a bucket that folders lie in. */
export interface S3Place {
  bucket: string;
  /** Empty for the whole bucket, otherwise with a slash at its end. */
  prefix: string;
}

/**
 * Reads `s3://bucket/prefix`, with or without a slash at its end; also what means the same: the address of a
 * place in the S3 console, a web address of Amazon's S3, an ARN.
 *
 * @throws {ProgramError} that says how such a URL is written; the bucket's name follows the rules of "General purpose
 * bucket naming rules", Amazon S3 User Guide.
 */
export function parseS3Url(text: string): S3Place {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(asS3Url(text)) ?? [];
  if (bucket === undefined) throw wrong(text, `write it as ${EXAMPLE}`);
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw wrong(
      text,
      `a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, as in ${EXAMPLE}`,
    );
  }
  const segments = prefix.replace(/\/$/, '').split('/');
  if (prefix === '') return { bucket, prefix };
  if (segments.includes('') || segments.includes('.') || segments.includes('..')) {
    throw wrong(text, 'there must be a name between each two slashes');
  }
  if (segments.at(-1) === MANIFEST_NAME)
    throw wrong(text, `name a folder, without the ${MANIFEST_NAME} in it`);
  return { bucket, prefix: `${segments.join('/')}/` };
}

/**
 * Reads the URL of a voice folder, or of the manifest or the result in it.
 *
 * @throws {ProgramError} as {@link parseS3Url}
 */
export function parseFolderUrl(text: string): S3Place {
  const [, folder = ''] = /^(.*\/)(?:manifest|result)\.json$/s.exec(asS3Url(text)) ?? [];
  return parseS3Url(folder || text);
}

/** The S3 URL that an address means; the text as it is when it is none that is known. */
function asS3Url(text: string): string {
  const [, inArn] = /^arn:aws[a-z-]*:s3:::(.+)$/s.exec(text) ?? [];
  if (inArn !== undefined) return `s3://${inArn}`;
  if (!/^https:\/\//i.test(text) || !URL.canParse(text)) return text;
  const { hostname, pathname, searchParams } = new URL(text);
  if (CONSOLE.test(hostname)) {
    const [, bucket] = /^\/s3\/(?:buckets|object|upload)\/([^/]+)/.exec(pathname) ?? [];
    return bucket === undefined ? text : `s3://${bucket}/${searchParams.get('prefix') ?? ''}`;
  }
  const [, bucket = ''] = WEB_ADDRESS.exec(hostname) ?? [];
  if (!WEB_ADDRESS.test(hostname)) return text;
  const path = decodedPath(pathname);
  return bucket === '' ? `s3:/${path}` : `s3://${bucket.slice(0, -1)}${path}`;
}

const CONSOLE = /(?:^|\.)console\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)$/;

/**
 * With the bucket in its host or in its path: "Methods for accessing a general purpose bucket", Amazon S3
 * User Guide.
 */
const WEB_ADDRESS = /^(.+\.)?s3(?:[.-](?:dualstack\.)?[a-z]{2}[a-z-]*-\d)?\.amazonaws\.com(?:\.cn)?$/;

/** A path without percent-encoding; as it is where that is broken. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether somebody means a place in S3, however it is written. */
export function looksLikeUrl(text: string): boolean {
  return /^(?:s3:|https?:\/\/|arn:)/i.test(text);
}

export function s3Url({ bucket, prefix }: S3Place): string {
  return `s3://${bucket}/${prefix}`;
}

const EXAMPLE = 's3://my-bucket/voices';

function wrong(text: string, what: string): ProgramError {
  return new ProgramError(`${text} is not the URL of a place in S3: ${what}`, exitCodes.usage);
}
