#!/usr/bin/env bash
# A profile's `credential_process` works in one of AWS's tools and not in the other: the JavaScript SDK runs it in a shell, botocore, which is aws-cli's, does not, so that `$HOME`, `~` and pipes fail there, as does an
# `Expiration` without a time zone. If ~/.aws/config also has keys in the profile, the SDK takes these and botocore the command's: the two act as different users, without a word.
# version: @aws-sdk/credential-provider-ini 3.973.30, python3-botocore 1.29.27 (Debian 12)
# our code: cli/s3/credential-source.ts refuses a profile with both
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/credential-provider-ini@3.973.30
apt-get download -qq 'python3-botocore=1.29.27*' python3-jmespath python3-dateutil python3-urllib3 python3-six python3-requests python3-certifi python3-chardet python3-idna python3-charset-normalizer 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

mkdir .aws
echo '{ "Version": 1, "AccessKeyId": "PROCESS", "SecretAccessKey": "secret" }' >keys.json
echo '{ "Version": 1, "AccessKeyId": "PROCESS", "SecretAccessKey": "secret", "Expiration": "2099-01-01T00:00:00" }' >no-zone.json
cat > .aws/config <<END
[profile absolute]
credential_process = cat $dir/keys.json
[profile variable]
credential_process = cat \$HOME/keys.json
[profile tilde]
credential_process = cat ~/keys.json
[profile pipe]
credential_process = cat $dir/keys.json | tr -d '\n'
[profile no-zone]
credential_process = cat $dir/no-zone.json
[profile with-keys]
aws_access_key_id = KEYS
aws_secret_access_key = secret
credential_process = cat $dir/keys.json
END
profiles='absolute variable tilde pipe no-zone with-keys'
cat > see.mjs <<'END'
import { fromIni } from '@aws-sdk/credential-provider-ini';

for (const profile of process.argv.slice(2)) {
  console.log(`JavaScript SDK, ${profile}: ${await fromIni({ profile })().then(({ accessKeyId }) => accessKeyId, () => 'an error')}`);
}
END
cat > see.py <<'END'
import sys

import botocore.session

for profile in sys.argv[1:]:
    try:
        seen = botocore.session.Session(profile=profile).get_credentials().get_frozen_credentials().access_key
    except Exception:
        seen = "an error"
    print(f"botocore, {profile}: {seen}")
END
export HOME=$dir AWS_EC2_METADATA_DISABLED=true
unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE
{
  node see.mjs $profiles
  PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 see.py $profiles
} | tee seen
diff seen - <<'END'
JavaScript SDK, absolute: PROCESS
JavaScript SDK, variable: PROCESS
JavaScript SDK, tilde: PROCESS
JavaScript SDK, pipe: PROCESS
JavaScript SDK, no-zone: PROCESS
JavaScript SDK, with-keys: KEYS
botocore, absolute: PROCESS
botocore, variable: an error
botocore, tilde: an error
botocore, pipe: an error
botocore, no-zone: an error
botocore, with-keys: PROCESS
END
echo 'one profile, two accounts'
