#!/usr/bin/env bash
# Where a header leaves the sample rate open, music-metadata looks nowhere else: an Opus recording whose encoder did not know its input's rate (0, as RFC 7845 says) has no length, though Opus always counts
# at 48 kHz, and AAC or ALAC at 96 kHz, which does not fit into MP4's field, so that ffmpeg writes 0 there, has the rate 0. mutagen tells that length, mediainfo those rates.
# version: music-metadata 12.1.0, python3-mutagen 1.46.0, mediainfo 23.04 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/stream-length.ts counts the pages of Ogg; cli/audio/positive.ts takes no 0 for a rate
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0
apt-get download -qq 'python3-mutagen=1.46.0-*' 'mediainfo=23.04-*' 'libmediainfo0v5=23.04*' libzen0v5 libmms0 libtinyxml2-9 libcurl3-gnutls 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

make() { ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=10' "$@"; }
make -c:a libopus known.opus
make -c:a aac 48-khz.m4a
make -c:a aac -ar 96000 96-khz.m4a
make -c:a alac -ar 96000 96-khz-lossless.m4a
cat > tell.mjs <<'END_OF_SCRIPT'
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseFile } from 'music-metadata';

// Writes 0 for the input's rate into the first page, and the page's checksum (RFC 3533) anew.
const file = readFileSync('known.opus');
file.writeUInt32LE(0, file.indexOf('OpusHead') + 12);
const page = file.subarray(0, file.indexOf('OggS', 4));
page.writeUInt32LE(0, 22);
let checksum = 0;
for (const byte of page) {
  checksum ^= byte << 24;
  for (let bit = 0; bit < 8; bit++) checksum = checksum < 0 ? (checksum << 1) ^ 0x04c11db7 : checksum << 1;
}
page.writeUInt32LE(checksum >>> 0, 22);
writeFileSync('open.opus', file);

const mutagen = 'import mutagen, sys; info = mutagen.File(sys.argv[1]).info; print(round(info.length), "s")';
const run = (program, args) => execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, LD_LIBRARY_PATH: 'usr/lib/x86_64-linux-gnu', PYTHONPATH: 'usr/lib/python3/dist-packages' } }).trim();
for (const name of ['known.opus', 'open.opus', '48-khz.m4a', '96-khz.m4a', '96-khz-lossless.m4a']) {
  const { sampleRate, duration } = (await parseFile(name, { duration: true })).format;
  console.log(`${name}: music-metadata ${sampleRate} Hz, ${duration === undefined ? 'no length' : `${Math.round(duration)} s`}; ` +
    `mutagen ${run('/usr/bin/python3', ['-c', mutagen, name])}; mediainfo ${run('usr/bin/mediainfo', ['--Inform=Audio;%SamplingRate% Hz', name])}`);
}
END_OF_SCRIPT
node tell.mjs | tee seen
diff seen - <<'END_OF_SEEN'
known.opus: music-metadata 48000 Hz, 10 s; mutagen 10 s; mediainfo 48000 Hz
open.opus: music-metadata 0 Hz, no length; mutagen 10 s; mediainfo 48000 Hz
48-khz.m4a: music-metadata 48000 Hz, 10 s; mutagen 10 s; mediainfo 48000 Hz
96-khz.m4a: music-metadata 0 Hz, 10 s; mutagen 10 s; mediainfo 96000 Hz
96-khz-lossless.m4a: music-metadata 0 Hz, 10 s; mutagen 10 s; mediainfo 96000 Hz
END_OF_SEEN
echo 'no rate, no length'
