#!/usr/bin/env bash
# The AWS SDK reads ~/.aws/credentials once in a process: after a person or a tool has written new keys, a new client in a running server still gets the old ones, whose
# session has expired, until the process is restarted or something calls `fromIni({ ignoreCache: true })`. A new session of botocore gets the new keys.
# version: @aws-sdk/client-s3 3.1169.0, @aws-sdk/credential-providers 3.1169.0, python3-botocore 1.29.27 (Debian 12)
# our code: none: cli/s3/credentials.ts reads the profile in a program that ends with its task
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0 @aws-sdk/credential-providers@3.1169.0
apt-get download -qq 'python3-botocore=1.29.27*' python3-jmespath python3-dateutil python3-urllib3 python3-six python3-requests python3-certifi python3-chardet python3-idna python3-charset-normalizer 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > see.mjs <<'END'
import { mkdirSync, writeFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { fromIni } from '@aws-sdk/credential-providers';

mkdirSync('.aws');
const write = (id) => writeFileSync('.aws/credentials', `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\naws_session_token = token\n`);
const newClient = async () => (await new S3Client({ region: 'us-east-1' }).config.credentials()).accessKeyId;
write('MONDAY');
console.log(`a client on Monday: ${await newClient()}`);
write('TUESDAY');
console.log(`a new client on Tuesday: ${await newClient()}`);
console.log(`fromIni: ${(await fromIni()()).accessKeyId}`);
console.log(`fromIni, ignoreCache: ${(await fromIni({ ignoreCache: true })()).accessKeyId}`);
console.log(`a new client after that: ${await newClient()}`);
END
cat > see.py <<'END'
import botocore.session


def write(key):
    with open(".aws/credentials", "w") as file:
        file.write(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\naws_session_token = token\n")


for day in ["MONDAY", "TUESDAY"]:
    write(day)
    print(f"a new session of botocore: {botocore.session.Session().get_credentials().access_key}")
END
export HOME=$dir AWS_EC2_METADATA_DISABLED=true
unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE
{
  node see.mjs
  PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 see.py
} | tee seen
diff seen - <<'END'
a client on Monday: MONDAY
a new client on Tuesday: MONDAY
fromIni: MONDAY
fromIni, ignoreCache: TUESDAY
a new client after that: TUESDAY
a new session of botocore: MONDAY
a new session of botocore: TUESDAY
END
echo 'new keys in the file are not seen'
