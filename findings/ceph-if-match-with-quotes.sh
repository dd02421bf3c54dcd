#!/usr/bin/env bash
# A PUT with If-Match always fails in Ceph's S3 gateway with the ETag that the gateway has given, because it compares the quotes too; without
# quotes, which HTTP demands, it succeeds. A GET with If-Match takes both. Nobody learns of it: 412 looks as if somebody else had written.
# version: radosgw 16.2.15 (Debian 12)
# our code: voice-folder/s3/put-text-if.ts tries once more without quotes if the object has not changed
set -euo pipefail
dir=$(mktemp -d)
trap 'kill -9 $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-s3@3.1169.0
apt-get install --simulate --no-install-recommends ceph-mon ceph-osd radosgw=16.2.15+* 2>/dev/null | awk '/^Inst/ {print $2}' >packages
apt-get download -qq $(cat packages) 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; rm "$deb"; done
libraries=$dir/usr/lib/x86_64-linux-gnu
run=(env "LD_LIBRARY_PATH=$libraries:$libraries/ceph:$dir/lib/x86_64-linux-gnu" "PYTHONPATH=$dir/usr/lib/python3/dist-packages")
freePort() { node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
mon=$(freePort) http=$(freePort)

# A monitor, a store in memory and the gateway, without keys for each other.
cat >ceph.conf <<CONF
[global]
fsid = 00000000-0000-4000-8000-000000000001
mon_host = v2:127.0.0.1:$mon/0
public_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
plugin_dir = $libraries/ceph
erasure_code_dir = $libraries/ceph/erasure-code
osd_class_dir = $libraries/rados-classes
mon_data = $dir/mon
osd_data = $dir/osd
rgw_data = $dir/rgw
rgw_frontends = beast endpoint=127.0.0.1:$http
run_dir = $dir
admin_socket = $dir/\$name.\$pid.asok
log_file = $dir/\$name.log
CONF
mkdir mon osd rgw
export CEPH_CONF=$dir/ceph.conf
uuid=00000000-0000-4000-8000-000000000002
{
  "${run[@]}" usr/bin/monmaptool --create --fsid 00000000-0000-4000-8000-000000000001 --addv a "[v2:127.0.0.1:$mon]" monmap
  "${run[@]}" usr/bin/ceph-mon --mkfs -i a --monmap monmap
  "${run[@]}" usr/bin/ceph-mon -i a -f &
  "${run[@]}" /usr/bin/python3 usr/bin/ceph --connect-timeout 60 osd new $uuid
  "${run[@]}" usr/bin/ceph-osd -i 0 --mkfs --osd-uuid $uuid
  "${run[@]}" usr/bin/ceph-osd -i 0 -f &
  "${run[@]}" usr/bin/radosgw -n client.admin -f &
} >log 2>&1 || { cat log; exit 1; }
until curl -so /dev/null "http://127.0.0.1:$http/"; do kill -0 $!; sleep 0.5; done
"${run[@]}" usr/bin/radosgw-admin user create --uid=one --display-name=one --access-key=id --secret-key=secret >>log 2>&1 || { cat log; exit 1; }

cat >ask.mjs <<'ASK'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const s3 = new S3Client({ endpoint: process.argv[2], region: 'us-east-1', credentials, forcePathStyle: true });
const name = { Bucket: 'voices', Key: 'ledger.json' };
await s3.send(new CreateBucketCommand({ Bucket: 'voices' }));
const { ETag } = await s3.send(new PutObjectCommand({ ...name, Body: 'x' }));
const ask = async (what, command) => {
  const { $metadata } = await s3.send(command).catch((error) => error);
  console.log(`${what}: ${$metadata.httpStatusCode}`);
};
await ask('GET with quotes', new GetObjectCommand({ ...name, IfMatch: ETag }));
await ask('PUT with quotes', new PutObjectCommand({ ...name, Body: 'x', IfMatch: ETag }));
await ask('PUT without quotes', new PutObjectCommand({ ...name, Body: 'x', IfMatch: ETag.replaceAll('"', '') }));
s3.destroy();
ASK
node ask.mjs "http://127.0.0.1:$http" 2>>log | tee seen
diff seen - <<'SEEN'
GET with quotes: 200
PUT with quotes: 412
PUT without quotes: 200
SEEN
echo "radosgw 16.2.15: a conditional PUT succeeds only without the quotes of its own ETag"
