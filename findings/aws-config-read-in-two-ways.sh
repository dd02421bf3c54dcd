#!/usr/bin/env bash
# aws-cli and the JavaScript SDK read ~/.aws in two ways. Only aws-cli finds `[profile 'my voice']`, which `aws configure` writes itself, keys in capitals
# (pasted from the environment) and `key: value`; only the SDK drops comments behind a value (`eu-west-1 # ours`), and reads a file that begins with a BOM.
# version: botocore of aws-cli 2.9.19 (Debian 12), @aws-sdk/credential-provider-ini 3.973.30
# our code: cli/s3/credential-source.ts names the profiles that the SDK finds, and says that it reads no name with a space
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/credential-provider-ini@3.973.30
apt-get download -qq 'awscli=2.9.19-*' python3-awscrt python3-colorama python3-docutils python3-distro python3-jmespath \
  python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib python3-dateutil python3-urllib3 python3-six \
  python3-cryptography python3-cffi-backend python3-roman 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_CA_BUNDLE
export HOME=$dir AWS_EC2_METADATA_DISABLED=true PYTHONPATH=$dir/usr/lib/python3/dist-packages
export AWS_CONFIG_FILE=$dir/config AWS_SHARED_CREDENTIALS_FILE=$dir/credentials
cat > id.mjs <<'END'
import { fromIni } from '@aws-sdk/credential-provider-ini';
const { accessKeyId } = await fromIni({ profile: process.argv[2] })().catch(() => ({ accessKeyId: 'none' }));
console.log(accessKeyId);
END
cat > id.py <<'END'
import sys
from awscli.botocore.session import Session
try:
    credentials = Session(profile=sys.argv[1]).get_credentials()
    print(credentials.access_key if credentials else 'none')
except Exception as error:
    print(type(error).__name__)
END
# ask WHAT PROFILE CONFIG CREDENTIALS
ask() {
  printf "$3" >config
  printf "$4" >credentials
  echo "$1: aws-cli '$(/usr/bin/python3 id.py "$2")', SDK '$(node id.mjs "$2" 2>/dev/null)'"
}
pair='aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n'
{
  ask plain voices '' "[voices]\n$pair"
  ask 'name with a space' 'my voice' "[profile 'my voice']\n$pair" ''
  ask 'capital keys' voices '' '[voices]\nAWS_ACCESS_KEY_ID=AKIDEXAMPLE\nAWS_SECRET_ACCESS_KEY=secret\n'
  ask colon voices '' '[voices]\naws_access_key_id: AKIDEXAMPLE\naws_secret_access_key: secret\n'
  ask comment voices '' '[voices]\naws_access_key_id = AKIDEXAMPLE # ours\naws_secret_access_key = secret\n'
  ask BOM voices '' "\xef\xbb\xbf[voices]\n$pair"
} | tee seen
rm config credentials
/usr/bin/python3 usr/bin/aws configure set region eu-west-1 --profile 'my voice'
echo "aws configure wrote $(grep profile config)" | tee -a seen
diff seen - <<'END'
plain: aws-cli 'AKIDEXAMPLE', SDK 'AKIDEXAMPLE'
name with a space: aws-cli 'AKIDEXAMPLE', SDK 'none'
capital keys: aws-cli 'AKIDEXAMPLE', SDK 'none'
colon: aws-cli 'AKIDEXAMPLE', SDK 'none'
comment: aws-cli 'AKIDEXAMPLE # ours', SDK 'AKIDEXAMPLE'
BOM: aws-cli 'ConfigParseError', SDK 'AKIDEXAMPLE'
aws configure wrote [profile 'my voice']
END
