#!/usr/bin/env bash
# PHP takes the first 20 recordings of a form and drops the others (`max_file_uploads`): of 25 takes `$_FILES` has 20, each UPLOAD_ERR_OK, and only the server's log
# tells. `max_file_uploads=-1`, as other limits are lifted, takes none, and nothing tells. Of a repeated field whose name does not end in `[]`, it has the last.
# version: php8.2-cli 8.2 (Debian 12; with its php.ini-production)
# our code: none: who passes recordings on from a PHP page has to count them; the function reports the samples that a manifest names and nobody uploaded
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'php8.2-cli=8.2.*' 'php8.2-common=8.2.*' libargon2-1 libsodium23 libxml2 libedit2 libbsd0 libmd0 libicu72 libpcre2-8-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > count.php <<'END'
<?php
$files = $_FILES['files'] ?? ['name' => [], 'error' => []];
$names = (array) $files['name'];
echo count($names), ' recordings, ', count(array_filter((array) $files['error'])), ' errors, the last is ', end($names) ?: 'none', ', name=', $_POST['name'] ?? 'none';
END
cat > upload.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

async function upload(settings, field, takes) {
  const spare = createServer().listen(0, '127.0.0.1');
  await once(spare, 'listening');
  const { port } = spare.address();
  spare.close();
  const ini = ['-c', 'usr/lib/php/8.2/php.ini-production', ...settings.flatMap((setting) => ['-d', setting])];
  const php = spawn('usr/bin/php8.2', [...ini, '-S', `127.0.0.1:${port}`, 'count.php'], {
    stdio: ['ignore', 'ignore', openSync('log', 'w')],
    env: { ...process.env, LD_LIBRARY_PATH: `${process.cwd()}/usr/lib/x86_64-linux-gnu`, PHP_INI_SCAN_DIR: '' },
  });
  const form = new FormData();
  for (let take = 1; take <= takes; take++) form.append(field, new Blob(['RIFF'], { type: 'audio/wav' }), `take ${take}.wav`);
  form.append('name', 'Amelia');
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: form });
      const text = await answer.text();
      const logged = readFileSync('log', 'utf8').match(/Maximum number of allowable file uploads has been exceeded/)?.[0] ?? 'nothing';
      console.log(`${takes} x ${[field, ...settings].join(', ')}: ${answer.status}, ${text}; logged: ${logged}`);
      break;
    } catch {
      await wait(100);
    }
  }
  php.kill();
  await once(php, 'exit');
}
await upload([], 'files[]', 25);
await upload([], 'files', 5);
await upload(['max_file_uploads=-1'], 'files[]', 25);
await upload(['max_file_uploads=100'], 'files[]', 25);
END
node upload.mjs | tee seen
diff seen - <<'END'
25 x files[]: 200, 20 recordings, 0 errors, the last is take 20.wav, name=Amelia; logged: Maximum number of allowable file uploads has been exceeded
5 x files: 200, 1 recordings, 0 errors, the last is take 5.wav, name=Amelia; logged: nothing
25 x files[], max_file_uploads=-1: 200, 0 recordings, 0 errors, the last is none, name=Amelia; logged: nothing
25 x files[], max_file_uploads=100: 200, 25 recordings, 0 errors, the last is take 25.wav, name=Amelia; logged: nothing
END
echo 'PHP hands on 20 of 25 recordings'
