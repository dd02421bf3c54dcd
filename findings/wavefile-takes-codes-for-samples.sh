#!/usr/bin/env bash
# wavefile's `toBitDepth` makes clipped noise of a telephone's recording, a WAV in µ-law or A-law: it takes the codes for samples, and writes 16 bits at full scale without an error. Its `toSampleRate` throws on the same
# file, `getSamples` returns the codes, and only `fromMuLaw` and `fromALaw`, called by name, return the voice. Of 8 bits in PCM `toBitDepth` keeps the sound.
# version: wavefile 11.0.0, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/listen.ts decodes with ffmpeg
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts wavefile@11.0.0 @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
for codec in pcm_u8 pcm_mulaw pcm_alaw; do
  ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=2' -af volume=-6dB -c:a $codec $codec.wav
done
cat >convert.mjs <<'JS'
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import wavefile from 'wavefile';

// Loudness (RMS), as ffmpeg reads the file.
function level(name) {
  const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', name, '-f', 'f32le', '-']);
  let sum = 0;
  for (let at = 0; at < raw.length; at += 4) sum += raw.readFloatLE(at) ** 2;
  return `${Math.round(10 * Math.log10(sum / (raw.length / 4))) || 0} dB`;
}
function convert(codec, method, ...args) {
  const wav = new wavefile.WaveFile(readFileSync(`${codec}.wav`));
  try {
    wav[method](...args);
  } catch {
    return 'throws';
  }
  writeFileSync('converted.wav', wav.toBuffer());
  return level('converted.wav');
}
for (const [codec, decode] of [['pcm_u8'], ['pcm_mulaw', 'fromMuLaw'], ['pcm_alaw', 'fromALaw']]) {
  const samples = new wavefile.WaveFile(readFileSync(`${codec}.wav`)).getSamples();
  const answers = [`toBitDepth ${convert(codec, 'toBitDepth', '16')}`, `toSampleRate ${convert(codec, 'toSampleRate', 8000)}`];
  if (decode) answers.push(`${decode} ${convert(codec, decode)}`);
  console.log(`${codec} of ${level(`${codec}.wav`)}: ${answers.join(', ')}, getSamples from ${Math.min(...samples)} to ${Math.max(...samples)}`);
}
JS
node convert.mjs | tee seen
diff seen - <<'END'
pcm_u8 of -27 dB: toBitDepth -27 dB, toSampleRate -27 dB, getSamples from 120 to 136
pcm_mulaw of -27 dB: toBitDepth 0 dB, toSampleRate throws, fromMuLaw -27 dB, getSamples from 62 to 255
pcm_alaw of -27 dB: toBitDepth 0 dB, toSampleRate throws, fromALaw -27 dB, getSamples from 65 to 253
END
echo 'a telephone call became noise at full scale'
