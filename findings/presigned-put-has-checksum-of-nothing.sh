#!/usr/bin/env bash
# A presigned PUT of the AWS SDK names the CRC-32 of an empty body (`x-amz-checksum-crc32=AAAAAA==`), because there is none when the URL is made: a store
# that checks it refuses every recording. `ContentType` is not signed, `IfNoneMatch` is, as a header that the uploader then has to send.
# version: @aws-sdk/s3-request-presigner 3.1169.0, @aws-sdk/client-s3 3.1169.0
# our code: none: a page that lets people upload recordings needs `requestChecksumCalculation: 'WHEN_REQUIRED'`
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0 @aws-sdk/s3-request-presigner@3.1169.0

cat > sign.mjs <<'END'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { crc32 } from 'node:zlib';

const checksum = Buffer.alloc(4);
checksum.writeUInt32BE(crc32(Buffer.alloc(0)));
console.log(`CRC-32 of nothing: ${checksum.toString('base64')}`);
for (const requestChecksumCalculation of [undefined, 'WHEN_REQUIRED']) {
  const client = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'key' }, requestChecksumCalculation });
  const put = new PutObjectCommand({ Bucket: 'voices', Key: 'one.wav', ContentType: 'audio/wav', IfNoneMatch: '*' });
  const { searchParams } = new URL(await getSignedUrl(client, put));
  const signed = searchParams.get('X-Amz-SignedHeaders');
  console.log(`${requestChecksumCalculation ?? 'default'}: checksum ${searchParams.get('x-amz-checksum-crc32')}, headers ${signed}`);
}
END
node sign.mjs 2>/dev/null | tee seen
diff seen - <<'END'
CRC-32 of nothing: AAAAAA==
default: checksum AAAAAA==, headers host;if-none-match
WHEN_REQUIRED: checksum null, headers host;if-none-match
END
