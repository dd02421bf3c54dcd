import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PART_BYTES } from '../../cli/drop/content.ts';
import { uploadFile } from '../../cli/drop/upload-file.ts';
import { type LocalAws, localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { wav } from '../support/wav.ts';

let aws: LocalAws;
let s3: S3Client;
let folder: string;
beforeAll(async () => {
  aws = await startLocalAws();
  s3 = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials: localCredentials });
  folder = await mkdtemp(join(tmpdir(), 'upload-file-'));
});
afterAll(async () => {
  s3.destroy();
  await aws.close();
  await rm(folder, { recursive: true });
});

it.each([
  ['nothing', 0, /^"[0-9a-f]{32}"$/],
  ['one part to the byte', PART_BYTES, /^"[0-9a-f]{32}"$/],
  ['a byte more than a part', PART_BYTES + 1, /-2"$/],
  ['more parts than are sent at once', 9 * PART_BYTES + 5, /-10"$/],
])('uploads %s whole, in parts of 8 MiB', async (name, size, etag) => {
  const bytes = wav(size);
  const path = join(folder, name);
  await writeFile(path, bytes);
  await uploadFile(s3, { path, size }, { bucket: aws.bucket, key: name });

  const object = { Bucket: aws.bucket, Key: name };
  expect((await s3.send(new HeadObjectCommand(object))).ETag).toMatch(etag);
  const { Body } = await s3.send(new GetObjectCommand(object));
  expect(bytes.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
});

it.each([1000, 3 * PART_BYTES])(
  'uploads nothing of a file of %i bytes that is shorter by now, and leaves no part behind',
  async (size) => {
    const path = join(folder, `short-${size}`);
    await writeFile(path, wav(size - 1));
    const upload = uploadFile(s3, { path, size }, { bucket: aws.bucket, key: `short-${size}` });
    await expect(upload).rejects.toThrow('was changed while it was uploaded');

    const list = { Bucket: aws.bucket, Prefix: `short-${size}` };
    expect((await s3.send(new ListObjectsV2Command(list))).KeyCount).toBe(0);
    expect((await s3.send(new ListMultipartUploadsCommand(list))).Uploads ?? []).toEqual([]);
  },
);

it('makes no recording of two takes: a file that is overwritten during its upload is not uploaded', async () => {
  const [path, size] = [join(folder, 'overwritten'), 9 * PART_BYTES + 5];
  await writeFile(path, wav(size));
  const client = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials: localCredentials });
  client.middlewareStack.add(
    (next) => (request) => {
      const file = openSync(path, 'r+');
      writeSync(file, 'again', 9 * PART_BYTES);
      closeSync(file);
      return next(request);
    },
    { step: 'build' },
  );
  const upload = uploadFile(client, { path, size }, { bucket: aws.bucket, key: 'overwritten' });
  await expect(upload).rejects.toThrow('was changed while it was uploaded');
  client.destroy();

  const list = { Bucket: aws.bucket, Prefix: 'overwritten' };
  expect((await s3.send(new ListObjectsV2Command(list))).KeyCount).toBe(0);
  expect((await s3.send(new ListMultipartUploadsCommand(list))).Uploads ?? []).toEqual([]);
});
