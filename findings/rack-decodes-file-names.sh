#!/usr/bin/env bash
# Rack, which is Rails' and Sinatra's, decodes %-escapes in a file's name, but only if each `%` in it has two hexadecimal digits: `take%201.wav`, as downloads are called, becomes `take 1.wav`, which
# is the name of another take, and `50%25.wav` becomes `50%.wav`. PHP keeps all escapes, also the `%22` that browsers write for a quote; multer and formidable decode just that.
# version: ruby-rack 2.2.22, ruby 3.1 (Debian 12), php8.2-cli 8.2 (Debian 12), multer 2.5.0, formidable 3.5.4
# our code: functions/clone-voice/send/multipart.ts escapes only quotes and control characters, as browsers do
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts multer@2.5.0 formidable@3.5.4
apt-get download -qq 'ruby-rack=2.2.22-*' 'ruby3.1=3.1.*' 'libruby3.1=3.1.*' 'php8.2-cli=8.2.*' 'php8.2-common=8.2.*' libargon2-1 libsodium23 libxml2 libedit2 libbsd0 libmd0 libicu72 \
  libpcre2-8-0 libyaml-0-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > name.rb <<'END'
require 'rack'
require 'stringio'
body = $stdin.binmode.read
request = Rack::Request.new('REQUEST_METHOD' => 'POST', 'CONTENT_TYPE' => 'multipart/form-data; boundary=end', 'CONTENT_LENGTH' => body.bytesize.to_s, 'rack.input' => StringIO.new(body))
print request.POST['files'][:filename]
END
echo '<?php echo $_FILES["files"]["name"];' > name.php
cat > names.mjs <<'END'
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import formidable from 'formidable';
import multer from 'multer';

const here = process.cwd();
const LD_LIBRARY_PATH = `${here}/usr/lib/x86_64-linux-gnu`;
const RUBYLIB = ['usr/lib/ruby/vendor_ruby', 'usr/lib/ruby/3.1.0', 'usr/lib/x86_64-linux-gnu/ruby/3.1.0', 'usr/share/rubygems-integration/all/gems/rack-2.2.22/lib'].map((folder) => `${here}/${folder}`).join(':');
const server = createServer(async (request, response) => {
  if (request.url === '/formidable') {
    const [, { files: [{ originalFilename }] }] = await formidable().parse(request);
    return response.end(originalFilename);
  }
  multer({ defParamCharset: 'utf8' }).any()(request, response, () => response.end(request.files[0].originalname));
}).listen(0, '127.0.0.1');
const spare = createServer().listen(0, '127.0.0.1');
await Promise.all([once(server, 'listening'), once(spare, 'listening')]);
const { port } = spare.address();
spare.close();
const php = spawn('usr/bin/php8.2', ['-n', '-S', `127.0.0.1:${port}`, 'name.php'], { stdio: 'ignore', env: { ...process.env, LD_LIBRARY_PATH } });
const post = async (url, body) => (await fetch(url, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=end' }, body })).text();
while (!(await fetch(`http://127.0.0.1:${port}/`).catch(() => false))) await wait(100);
// As browsers write it: of what is in a name they escape quotes and line ends only.
for (const name of ['take 1.wav', 'take%201.wav', '50%25.wav', '100% ready%21.wav', 'Amelia "calm".wav']) {
  const filename = name.replaceAll('"', '%22');
  const body = `--end\r\nContent-Disposition: form-data; name="files"; filename="${filename}"\r\nContent-Type: audio/wav\r\n\r\nsound\r\n--end--\r\n`;
  const got = {
    Rack: `${spawnSync('usr/bin/ruby3.1', ['--disable-gems', 'name.rb'], { input: body, env: { ...process.env, LD_LIBRARY_PATH, RUBYLIB, LC_ALL: 'C.UTF-8' } }).stdout}`,
    PHP: await post(`http://127.0.0.1:${port}/`, body),
    multer: await post(`http://127.0.0.1:${server.address().port}/multer`, body),
    formidable: await post(`http://127.0.0.1:${server.address().port}/formidable`, body),
  };
  console.log(`${name}: ${Object.entries(got).map(([parser, called]) => `${parser} ${called}`).join(' | ')}`);
}
php.kill();
process.exit();
END
node names.mjs | tee seen
diff seen - <<'END'
take 1.wav: Rack take 1.wav | PHP take 1.wav | multer take 1.wav | formidable take 1.wav
take%201.wav: Rack take 1.wav | PHP take%201.wav | multer take%201.wav | formidable take%201.wav
50%25.wav: Rack 50%.wav | PHP 50%25.wav | multer 50%25.wav | formidable 50%25.wav
100% ready%21.wav: Rack 100% ready%21.wav | PHP 100% ready%21.wav | multer 100% ready%21.wav | formidable 100% ready%21.wav
Amelia "calm".wav: Rack Amelia "calm".wav | PHP Amelia %22calm%22.wav | multer Amelia "calm".wav | formidable Amelia "calm".wav
END
echo 'Rack gives two recordings one name'
