#!/usr/bin/env bash
# rclone sends `x-amz-acl: private` with every upload, also if `acl` is set to nothing: S3 then asks for s3:PutObjectAcl beside s3:PutObject, and a bucket of
# another account without ACLs, as buckets are by default, takes none but `bucket-owner-full-control`. aws-cli and s3cmd send no ACL.
# version: rclone 1.60.1, aws-cli 2.9.19, s3cmd 2.3.0 (Debian 12)
# our code: cdk/grants.ts grants s3:PutObjectAcl for this ACL to droppers
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'awscli=2.9.19-*' 's3cmd=2.3.0-*' 'rclone=1.60.1+*' python3-awscrt python3-colorama python3-docutils \
  python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth python3-ruamel.yaml python3-ruamel.yaml.clib \
  python3-dateutil python3-urllib3 python3-six python3-cryptography python3-cffi-backend python3-roman python3-magic 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > s3.mjs <<'END'
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  if (request.method === 'PUT') appendFileSync('acls', `${request.headers['x-amz-acl'] ?? 'none'}\n`);
  if (request.method === 'HEAD') return response.writeHead(404).end();
  if (request.method === 'PUT') return response.setHeader('etag', etag).end();
  response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done
host=127.0.0.1:$(cat port)

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true RCLONE_CONFIG=/dev/null
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
mkdir alice
echo '{"name": "Alice"}' >alice/manifest.json
rclone=(usr/bin/rclone copy --retries 1 --s3-no-head alice ":s3,provider=Other,env_auth,endpoint='http://$host':voices/alice")
upload() {
  : >acls
  "${@:2}" >>log 2>&1 || { cat log; exit 1; }
  echo "$1: $(cat acls)"
}
{
  upload rclone "${rclone[@]}"
  upload "rclone --s3-acl ''" "${rclone[@]}" --s3-acl ''
  upload 'rclone --s3-acl bucket-owner-full-control' "${rclone[@]}" --s3-acl bucket-owner-full-control
  upload aws-cli /usr/bin/python3 usr/bin/aws --endpoint-url "http://$host" s3 cp --recursive alice s3://voices/alice
  upload s3cmd /usr/bin/python3 usr/bin/s3cmd --host="$host" --host-bucket="$host" --no-ssl put --recursive alice/ s3://voices/alice/
} | tee seen
diff seen - <<'END'
rclone: private
rclone --s3-acl '': private
rclone --s3-acl bucket-owner-full-control: bucket-owner-full-control
aws-cli: none
s3cmd: none
END
