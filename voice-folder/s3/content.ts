import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectName } from '../names.ts';

/**
 * Identifies an object's content: two objects with the same size and the same value have the same content.
 *
 * An ETag is a content hash only for single-part uploads without KMS encryption ("Checking object integrity",
 * Amazon S3 User Guide). For other objects S3 stores a full-object checksum, regardless of the part size,
 * unless the uploading tool requested a composite checksum. Then the ETag has to do.
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
  // A composite checksum ends with the number of parts.
  const found = Object.entries(checksums).find(([, value]) => value !== undefined && !/-\d+$/.test(value));
  return found?.join(' ');
}
