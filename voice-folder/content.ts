import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectName } from './names.ts';

/**
 * What tells the content of an object: two objects of one size and the same of this have the same content.
 *
 * An ETag is a hash of the content only of an object that came in one part and is not encrypted with KMS ("Checking
 * object integrity", Amazon S3 User Guide). Of others S3 has a checksum of the full object, whatever tool uploaded it in
 * whatever parts, unless that tool asked for a checksum of checksums: then the ETag is all there is.
 */
export async function contentOf(
  s3: S3Client,
  { bucket, key }: ObjectName,
  etag: string,
  isKmsEncrypted: boolean,
): Promise<string> {
  if (!isKmsEncrypted && !etag.includes('-')) return etag;
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
  return fullObjectChecksum(head) ?? etag;
}

function fullObjectChecksum(head: HeadObjectCommandOutput): string | undefined {
  if (head.ChecksumType === 'COMPOSITE') return undefined;
  const { ChecksumCRC64NVME, ChecksumCRC32C, ChecksumCRC32, ChecksumSHA256, ChecksumSHA1 } = head;
  const checksums = { ChecksumCRC64NVME, ChecksumCRC32C, ChecksumCRC32, ChecksumSHA256, ChecksumSHA1 };
  // A checksum of checksums ends with the number of parts.
  const found = Object.entries(checksums).find(([, value]) => value !== undefined && !/-\d+$/.test(value));
  return found?.join(' ');
}
