#!/usr/bin/env bash
# boto3 signs links and upload forms with signature version 2 in the regions that are older than 2014, and where it knows no region, though it signs its own requests with version 4: such a link to a
# recording that is encrypted with KMS is refused by S3, as AWS re:Post says ("s3-kms-signature-version-error"; not run here), in another region the same code works. It also names no region's host.
# version: boto3 1.26.27 (Debian 12), @aws-sdk/s3-request-presigner 3.1169.0
# our code: voice-folder/s3/sign.ts signs with version 4
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/s3-request-presigner@3.1169.0 @aws-sdk/client-s3@3.1169.0
apt-get download -qq 'python3-boto3=1.26.27+*' python3-botocore python3-s3transfer python3-jmespath python3-dateutil python3-urllib3 python3-six python3-requests python3-chardet python3-idna \
  python3-certifi 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
unset AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_EC2_METADATA_DISABLED=true

cat > see.py <<'END'
import boto3
for region in (None, 'us-east-1', 'eu-west-1', 'eu-central-1'):
    s3 = boto3.client('s3', region_name=region)
    link = s3.generate_presigned_url('get_object', Params={'Bucket': 'voices', 'Key': 'alice/take.wav'})
    form = s3.generate_presigned_post('voices', 'alice/take.wav')
    version = lambda new: 'version 4' if new else 'version 2'
    print(f"boto3, {region}: link {version('X-Amz-Signature=' in link)}, form {version('x-amz-signature' in form['fields'])}")
END
cat > see.mjs <<'END'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
const link = await getSignedUrl(new S3Client({ region: 'us-east-1' }), new GetObjectCommand({ Bucket: 'voices', Key: 'alice/take.wav' }));
console.log(`AWS SDK, us-east-1: link ${link.includes('X-Amz-Signature=') ? 'version 4' : 'version 2'}`);
END
{ PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -W ignore see.py; node see.mjs; } | tee seen
diff seen - <<'END'
boto3, None: link version 2, form version 2
boto3, us-east-1: link version 2, form version 2
boto3, eu-west-1: link version 2, form version 2
boto3, eu-central-1: link version 4, form version 4
AWS SDK, us-east-1: link version 4
END
