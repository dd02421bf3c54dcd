import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { folderOf, MANIFEST_NAME } from '../../voice-folder/names.ts';
import { s3Url, type S3Place } from '../s3/url.ts';

/**
 * Why folders are not dropped below a place: it is a voice folder itself, and there, under their own names, they would make another
 * voice of the same samples. Undefined if it is none.
 */
export async function whyNotBelow(s3: S3Client, { bucket, prefix }: S3Place): Promise<string | undefined> {
  if (prefix === '') return undefined;
  const manifest = new HeadObjectCommand({ Bucket: bucket, Key: prefix + MANIFEST_NAME });
  const above = s3Url({ bucket, prefix: folderOf(prefix.slice(0, -1)) });
  return s3.send(manifest).then(
    () => `${s3Url({ bucket, prefix })} is a voice folder itself: drop to the folder above it, ${above}`,
    // Other requests report errors.
    () => undefined,
  );
}
