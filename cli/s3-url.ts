import { exitCodes, ProgramError } from './output.ts';

/** A place in a bucket that folders lie in. */
export interface S3Place {
  bucket: string;
  /** Empty for the whole bucket, otherwise with a slash at its end. */
  prefix: string;
}

/**
 * Reads `s3://bucket/prefix`, with or without a slash at its end.
 *
 * @throws {ProgramError} that says how such a URL is written; the bucket's name follows the rules of "General purpose
 * bucket naming rules", Amazon S3 User Guide.
 */
export function parseS3Url(text: string): S3Place {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? [];
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
  if (segments.at(-1) === 'manifest.json')
    throw wrong(text, 'name a folder, without the manifest.json in it');
  return { bucket, prefix: `${segments.join('/')}/` };
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
