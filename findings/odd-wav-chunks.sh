#!/usr/bin/env bash
# A WAV with a chunk of odd length, which RIFF pads by a byte (as a note of seven letters makes it), has no sound for the Reader of npm's `wav`: it ends without an error, so that a recording
# becomes an empty one. wav-decoder, node-wav and audio-decode throw. ffmpeg, SoX, Python's wave and wavefile read it.
# version: wav 1.0.2, wav-decoder 1.3.0, node-wav 0.0.2, audio-decode 3.12.0, wavefile 11.0.0, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), sox 14.4.2, Python 3.11.2 (Debian 12)
# our code: shared/wav-format.ts counts the padding
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts wav@1.0.2 wav-decoder@1.3.0 node-wav@0.0.2 audio-decode@3.12.0 wavefile@11.0.0 \
  @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

cat > read.mjs <<'END_OF_SCRIPT'
import { execFileSync } from 'node:child_process';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import decode from 'audio-decode';
import nodeWav from 'node-wav';
import wav from 'wav';
import wavDecoder from 'wav-decoder';
import wavefile from 'wavefile';

// One second of a tone behind a note of odd and of even length, padded as RIFF demands.
const chunk = (name, content) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(name), length, content, Buffer.alloc(content.length % 2)]);
};
const format = Buffer.alloc(16);
[[1, 0], [1, 2], [2, 12], [16, 14]].forEach(([value, at]) => format.writeUInt16LE(value, at));
[[16000, 4], [32000, 8]].forEach(([value, at]) => format.writeUInt32LE(value, at));
const sound = Buffer.alloc(32000);
for (let n = 0; n < 16000; n += 1) sound.writeInt16LE(Math.round(8000 * Math.sin((n * 2 * Math.PI * 300) / 16000)), 2 * n);
const recording = (...chunks) => chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', format), ...chunks, chunk('data', sound)]));
writeFileSync('odd.wav', recording(chunk('note', Buffer.from('Alice 1'))));
writeFileSync('even.wav', recording(chunk('note', Buffer.from('Alice 10'))));

const python = (name) => execFileSync('/usr/bin/python3', ['-c', `import wave; print(wave.open("${name}").getnframes())`], { encoding: 'utf8' });
const sox = (name) => execFileSync('usr/bin/sox', ['--i', '-s', name], { encoding: 'utf8', env: { LD_LIBRARY_PATH: 'usr/lib/x86_64-linux-gnu' } });
const ffmpeg = (name) =>
  execFileSync(process.env.ffmpeg, ['-v', 'error', '-i', name, '-f', 's16le', '-']).length / 2;
const reader = async (name) => {
  const stream = createReadStream(name).pipe(new wav.Reader());
  let bytes = 0;
  stream.on('data', (part) => (bytes += part.length));
  await finished(stream, { writable: false });
  return bytes / 2;
};
const readers = {
  'wav': reader,
  'wav-decoder': async (name) => (await wavDecoder.decode(new Uint8Array(readFileSync(name)).buffer)).channelData[0].length,
  'node-wav': (name) => nodeWav.decode(readFileSync(name)).channelData[0].length,
  'audio-decode': async (name) => (await decode(readFileSync(name))).channelData[0].length,
  'wavefile': (name) => new wavefile.WaveFile(readFileSync(name)).getSamples(true).length,
  ffmpeg, 'SoX': sox, 'Python': python,
};
for (const [name, read] of Object.entries(readers)) {
  const samples = async (file) => {
    try {
      return Number(await read(file));
    } catch {
      return 'error';
    }
  };
  console.log(`${name}: ${await samples('even.wav')} and ${await samples('odd.wav')}`);
}
END_OF_SCRIPT
ffmpeg=$ffmpeg node read.mjs | tee seen
diff seen - <<'END_OF_SEEN'
wav: 16000 and 0
wav-decoder: 16000 and error
node-wav: 16000 and error
audio-decode: 16000 and error
wavefile: 16000 and 16000
ffmpeg: 16000 and 16000
SoX: 16000 and 16000
Python: 16000 and 16000
END_OF_SEEN
echo 'a letter more or less in a note decides whether there is sound'
