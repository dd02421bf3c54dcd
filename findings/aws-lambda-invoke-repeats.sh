#!/usr/bin/env bash
# `aws lambda invoke` invokes the function three times if it does not answer within the read timeout, which is one minute by default: the first is still running when the others begin, and
# the person sees one "Read timeout". boto3 invokes it five times. A clone can take longer.
# version: aws-cli 2.9.19, boto3 1.26.27 (Debian 12)
# our code: voice-folder/ledger.ts lets one invocation at a time clone a folder, however often the same event comes
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'awscli=2.9.19-*' 'python3-boto3=1.26.27+*' python3-botocore python3-s3transfer python3-awscrt python3-colorama \
  python3-docutils python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib \
  python3-dateutil python3-urllib3 python3-six python3-cryptography python3-cffi-backend \
  python3-roman python3-requests python3-chardet python3-idna python3-certifi python3-charset-normalizer 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

# Lambda with a function that needs longer than the client waits (a second here, instead of a minute).
cat > lambda.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const server = createServer(async (request, response) => {
  await request.toArray();
  appendFileSync('invocations', `${request.headers['user-agent']}\n`);
  setTimeout(() => response.end('{}'), 5000);
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node lambda.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat port)

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE AWS_MAX_ATTEMPTS AWS_RETRY_MODE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
cat > invoke.py <<'END'
import sys, boto3, botocore.config
client = boto3.client('lambda', endpoint_url=sys.argv[1], config=botocore.config.Config(read_timeout=1))
try:
    client.invoke(FunctionName='clone', Payload=b'{}')
except Exception as error:
    print(type(error).__name__)
END
{
  echo "default read timeout: $(/usr/bin/python3 -c 'import botocore.endpoint; print(botocore.endpoint.DEFAULT_TIMEOUT)') seconds"
  /usr/bin/python3 usr/bin/aws --endpoint-url "$url" --cli-read-timeout 1 lambda invoke --function-name clone --payload '{}' out.json 2>said || grep -o 'Read timeout' said
  echo "aws-cli: $(grep -c aws-cli invocations) invocations"
  /usr/bin/python3 invoke.py "$url"
  echo "boto3: $(grep -c Boto3 invocations) invocations"
} | tee seen
diff seen - <<'END'
default read timeout: 60 seconds
Read timeout
aws-cli: 3 invocations
ReadTimeoutError
boto3: 5 invocations
END
echo 'one command invoked the function three times'
