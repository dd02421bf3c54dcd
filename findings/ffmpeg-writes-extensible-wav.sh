#!/usr/bin/env bash
# ffmpeg writes WAV of 24 bits, and of floats even in mono, with the format code 0xFFFE (extensible), which node-wav, wav-decoder
# and Python's wave refuse. The first two do read such samples, as wavefile writes them, with the codes 1 and 3.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), Debian's 5.1.9 does the same; node-wav 0.0.2, wav-decoder 1.3.0, wavefile 11.0.0,
# Python 3.11.2 (Debian 12)
# our code: shared/wav-format.ts reads the format that the extension names
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 node-wav@0.0.2 wav-decoder@1.3.0 wavefile@11.0.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

$ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=2' take.wav
$ffmpeg -v error -i take.wav -c:a pcm_f32le ffmpeg-float.wav
$ffmpeg -v error -i take.wav -c:a pcm_s24le ffmpeg-24.wav
node -e "
const { readFileSync, writeFileSync } = require('node:fs');
const { WaveFile } = require('wavefile');
for (const [depth, name] of [['32f', 'float'], ['24', '24']]) {
  const take = new WaveFile(readFileSync('take.wav'));
  take.toBitDepth(depth);
  writeFileSync('wavefile-' + name + '.wav', take.toBuffer());
}"

cat > read.cjs <<'END'
const { readFileSync } = require('node:fs');
const nodeWav = require('node-wav');
const wavDecoder = require('wav-decoder');
const bytes = readFileSync(process.argv[2]);
const said = (read) => {
  try {
    return `${read() / 16_000} s`;
  } catch {
    return 'refused';
  }
};
const read = [said(() => nodeWav.decode(bytes).channelData[0].length), said(() => wavDecoder.decode.sync(bytes).length)];
console.log(`node-wav ${read[0]}, wav-decoder ${read[1]}`);
END
cat > read.py <<'END'
import sys, wave
try:
    print(wave.open(sys.argv[1]).getnframes() // 16000, 's')
except wave.Error as error:
    print(error)
END
for name in take wavefile-float wavefile-24 ffmpeg-float ffmpeg-24; do
  code=$(od -An -tx2 -j 20 -N 2 $name.wav | xargs)
  echo "$name, format $code: $(node read.cjs $name.wav), Python $(/usr/bin/python3 read.py $name.wav)"
done | tee seen
diff seen - <<'END'
take, format 0001: node-wav 2 s, wav-decoder 2 s, Python 2 s
wavefile-float, format 0003: node-wav 2 s, wav-decoder 2 s, Python unknown format: 3
wavefile-24, format 0001: node-wav 2 s, wav-decoder 2 s, Python 2 s
ffmpeg-float, format fffe: node-wav refused, wav-decoder refused, Python unknown format: 65534
ffmpeg-24, format fffe: node-wav refused, wav-decoder refused, Python unknown format: 65534
END
