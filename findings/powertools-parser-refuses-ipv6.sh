#!/usr/bin/env bash
# Powertools' schema of S3 events takes only IPv4 addresses: a folder that somebody uploads over IPv6 (S3's dual-stack endpoints) ends in the
# dead-letter queue. What it accepts it leaves encoded: the key of `Alice Smith` is still `Alice+Smith`.
# version: @aws-lambda-powertools/parser 2.35.0, zod 4.6.7
# our code: functions/clone-voice/upload-events.ts reads bucket, key and sequencer only, and decodes the key
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/parser@2.35.0 zod@4.6.7

cat > parse.mjs <<'END'
import { S3Schema } from '@aws-lambda-powertools/parser/schemas/s3';

const upload = (sourceIPAddress) => ({
  Records: [{
    eventVersion: '2.1', eventSource: 'aws:s3', awsRegion: 'eu-west-1', eventTime: '2026-01-02T03:04:05.678Z', eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:AIDAEXAMPLE' }, requestParameters: { sourceIPAddress },
    responseElements: { 'x-amz-request-id': 'C3D13FE58DE4C810', 'x-amz-id-2': 'FMyUVURIY8' },
    s3: {
      s3SchemaVersion: '1.0', configurationId: 'uploads',
      bucket: { name: 'voices', ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: 'arn:aws:s3:::voices' },
      object: { key: 'Alice+Smith/manifest.json', size: 20, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0055AED6DCD90281E5' },
    },
  }],
});
for (const address of ['192.0.2.1', '2001:db8::1']) {
  const { data, error } = S3Schema.safeParse(upload(address));
  console.log(`${address}: ${data?.Records[0].s3.object.key ?? error.issues.map(({ message }) => message)}`);
}
END
node parse.mjs | tee seen
diff seen - <<'END'
192.0.2.1: Alice+Smith/manifest.json
2001:db8::1: Invalid IPv4 address
END
