import { MANIFEST_NAME, RESULT_NAME } from '../../voice-folder/names.ts';
import { exitCodes, ProgramError } from '../output.ts';

/** A place in a bucket that contains folders. */
export interface S3Place {
  bucket: string;
  /** Empty for the whole bucket, otherwise ends with a slash. */
  prefix: string;
}

/**
 * Parses where to look for voice folders: `s3://bucket/prefix`, with or without a trailing slash, or the URL of a manifest or
 * a result. Takes names as they are in the bucket, even empty ones and dots. Also accepts an S3 console URL, an HTTPS URL of
 * Amazon S3, and an ARN. Bucket names follow "General purpose bucket naming rules", Amazon S3 User Guide.
 *
 * @throws {ProgramError} says how to write such a URL
 */
export function parseS3Url(text: string): S3Place {
  const [, bucket, path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(asS3Url(text)) ?? [];
  if (bucket === undefined) throw wrong(text, `write it as ${EXAMPLE}`);
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw wrong(
      text,
      `a bucket name has 3 to 63 lowercase letters, digits, dots and hyphens, as in ${EXAMPLE}`,
    );
  }
  const prefix = path.replace(FILE, '');
  return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}

/** The file of a folder at the end of a path. */
const FILE = new RegExp(`(?<=^|/)(?:${MANIFEST_NAME}|${RESULT_NAME})$`.replaceAll('.', '\\.'));

/**
 * Parses where to upload folders.
 *
 * @throws {ProgramError} as {@link parseS3Url}, and if such a place would probably be a mistake
 */
export function parseDestination(text: string): S3Place {
  const [file] = FILE.exec(asS3Url(text)) ?? [];
  if (file !== undefined) throw wrong(text, `use the folder, without ${file}`);
  const place = parseS3Url(text);
  if (place.prefix.includes('*')) throw wrong(text, NO_PATTERN);
  const segments = place.prefix.split('/').slice(0, -1);
  if (segments.some((segment) => ['', '.', '..'].includes(segment))) {
    throw wrong(text, 'there must be a name between slashes');
  }
  return place;
}

/** Converts a known kind of address to an S3 URL; returns other text unchanged. */
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
 * Virtual-hosted or path-style: "Methods for accessing a general purpose bucket", Amazon S3 User Guide.
 */
const WEB_ADDRESS = /^(.+\.)?s3(?:[.-](?:dualstack\.)?[a-z]{2}[a-z-]*-\d)?\.amazonaws\.com(?:\.cn)?$/;

/** Percent-decodes a path; returns it unchanged if the encoding is invalid. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether an argument looks like an S3 place rather than a local folder. */
export function looksLikeUrl(text: string): boolean {
  return /^(?:s3:|https?:\/\/|arn:)/i.test(text);
}

/** The URL of a place, with which people and the program name it. */
export function s3Url({ bucket, prefix }: S3Place): string {
  return `s3://${bucket}/${prefix}`;
}

/** Advice for a place where nothing is, if it may be meant as a pattern. */
export function adviceOnPattern({ bucket, prefix }: S3Place): string | undefined {
  const [, above] = /^(.*?)[^/]*[*?[]/s.exec(prefix) ?? [];
  return above === undefined ? undefined : `${NO_PATTERN} above, ${s3Url({ bucket, prefix: above })}`;
}

const NO_PATTERN = 'patterns are for local folders only; name the folder';
const EXAMPLE = 's3://my-bucket/voices';

function wrong(text: string, what: string): ProgramError {
  return new ProgramError(`${text} is not a valid S3 URL: ${what}`, exitCodes.usage);
}
