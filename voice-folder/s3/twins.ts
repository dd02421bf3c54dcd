import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { FolderFile } from '../judge-samples.ts';
import type { ObjectName } from '../names.ts';
import { inParallel } from './in-parallel.ts';
import { ask, type Wanted } from './quick-requests.ts';
import { hasStatus } from './refusal.ts';

/**
 * Finds out which files are the same recording. Files of different sizes are not, and files with equal ETags are; S3 is asked
 * about the others, because an ETag is a hash of the content only for an object that was uploaded in one part and not
 * encrypted with KMS ("Checking object integrity", Amazon S3 User Guide).
 *
 * @param folder its key is a prefix
 * @returns the files; those with the same `content` and size are the same recording
 */
export async function tellApart<Listed extends FolderFile & { etag: string }>(
  s3: S3Client,
  { bucket, key }: ObjectName,
  files: readonly Listed[],
): Promise<Listed[]> {
  const alike = Map.groupBy(files, ({ size }) => size);
  const isInDoubt = ({ size }: Listed) => new Set(alike.get(size)?.map(({ etag }) => etag)).size > 1;
  const contents = new Map<string, string>();
  await inParallel(files.filter(isInDoubt), async ({ name, etag }) => {
    contents.set(name, await contentOf(s3, { bucket, key: key + name }, etag));
  });
  return files.map((file) => ({ ...file, content: contents.get(file.name) ?? file.etag }));
}

/**
 * What identifies the content of an object: S3 keeps a checksum of the full object, regardless of the part size, unless
 * the uploading tool asked for a composite one. Then the ETag has to do.
 */
async function contentOf(s3: S3Client, object: ObjectName, etag: string): Promise<string> {
  const head = await headOf(s3, object).catch((error: unknown) => {
    // Denied, or encrypted with a key of its own: reading it will be refused, too, and then S3 says why.
    if (hasStatus(error, 403) || hasStatus(error, 400)) return undefined;
    throw error;
  });
  if (!head) return etag;
  const isKmsEncrypted = head.ServerSideEncryption?.startsWith('aws:kms') === true;
  if (!isKmsEncrypted && !etag.includes('-')) return etag;
  return fullObjectChecksum(head) ?? etag;
}

type Head = Pick<
  HeadObjectCommandOutput,
  'ServerSideEncryption' | 'ChecksumType' | (typeof CHECKSUMS)[number]
>;

async function headOf(s3: S3Client, { bucket, key }: ObjectName): Promise<Head> {
  const wanted: Wanted = { method: 'HEAD', bucket, key, headers: { 'x-amz-checksum-mode': 'ENABLED' } };
  const answer = await ask(
    s3,
    wanted,
    () => new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
  );
  if ('output' in answer) return answer.output;
  const { headers } = answer.quick;
  return {
    ServerSideEncryption: headers['x-amz-server-side-encryption'],
    ChecksumType: headers['x-amz-checksum-type'],
    ...Object.fromEntries(
      CHECKSUMS.map((name) => [name, headers[`x-amz-checksum-${name.slice(8).toLowerCase()}`]]),
    ),
  } as Head;
}

const CHECKSUMS = [
  'ChecksumCRC64NVME',
  'ChecksumCRC32C',
  'ChecksumCRC32',
  'ChecksumSHA256',
  'ChecksumSHA1',
] as const;

function fullObjectChecksum(head: Head): string | undefined {
  if (head.ChecksumType === 'COMPOSITE') return undefined;
  // A composite checksum ends with the number of parts.
  const name = CHECKSUMS.find((each) => head[each] !== undefined && !/-\d+$/.test(head[each]));
  return name && `${name} ${head[name]}`;
}
