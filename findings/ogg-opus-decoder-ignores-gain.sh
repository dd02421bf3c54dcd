#!/usr/bin/env bash
# ogg-opus-decoder ignores the gain in the header of an Opus file, which RFC 7845 says a decoder must apply: a recording whose level was corrected there, without encoding it again, has its old level.
# ffmpeg and audio-decode apply it.
# version: ogg-opus-decoder 1.7.5, audio-decode 3.12.0, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/listen.ts decodes with ffmpeg, so check measures the level with the gain
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 ogg-opus-decoder@1.7.5 audio-decode@3.12.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=3' -af volume=4 -c:a libopus plain.opus
cat > see.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import decode from 'audio-decode';
import { OggOpusDecoder } from 'ogg-opus-decoder';

// Writes a gain of -20 dB into the first page, and the page's checksum (RFC 3533) anew.
const file = readFileSync('plain.opus');
file.writeInt16LE(-20 * 256, file.indexOf('OpusHead') + 16);
const page = file.subarray(0, file.indexOf('OggS', 4));
page.writeUInt32LE(0, 22);
let checksum = 0;
for (const byte of page) {
  checksum ^= byte << 24;
  for (let bit = 0; bit < 8; bit++) checksum = checksum < 0 ? (checksum << 1) ^ 0x04c11db7 : checksum << 1;
}
page.writeUInt32LE(checksum >>> 0, 22);
writeFileSync('gain.opus', file);

const decibels = (samples) => Math.round(20 * Math.log10(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)));
for (const name of ['plain.opus', 'gain.opus']) {
  const bytes = readFileSync(name);
  const decoder = new OggOpusDecoder();
  await decoder.ready;
  const { channelData } = await decoder.decodeFile(bytes);
  const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', name, '-f', 'f32le', '-'], { maxBuffer: 1e9 });
  const floats = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  const audioDecode = (await decode(bytes)).channelData[0];
  console.log(`${name}: ogg-opus-decoder ${decibels(channelData[0])} dB, audio-decode ${decibels(audioDecode)} dB, ffmpeg ${decibels(floats)} dB`);
}
END
node see.mjs | tee seen
diff seen - <<'END'
plain.opus: ogg-opus-decoder -6 dB, audio-decode -6 dB, ffmpeg -6 dB
gain.opus: ogg-opus-decoder -6 dB, audio-decode -26 dB, ffmpeg -26 dB
END
echo 'ogg-opus-decoder 1.7.5 applies no gain'
