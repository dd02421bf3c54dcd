#!/usr/bin/env bash
# audio-decode returns some good recordings at the wrong level, without an error: a CAF in µ-law 12 dB and one in A-law 18 dB too quiet, an AIFF in 8 bits 6 dB too loud and clipped. The same sound in 16 bits,
# or in µ-law and A-law in WAV, has its level, and so have all in ffmpeg.
# version: audio-decode 3.12.0, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/listen.ts decodes with ffmpeg
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 audio-decode@3.12.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

make() { ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=3' -af volume=4 "$@"; }
make -c:a pcm_s16be 16-bits.aiff
make -c:a pcm_s8 8-bits.aiff
make -c:a pcm_s16be 16-bits.caf
for law in mulaw alaw; do
  make -c:a pcm_$law $law.caf
  make -c:a pcm_$law $law.wav
done
cat > peak.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import decode from 'audio-decode';

const decibels = (samples) => Math.round(20 * Math.log10(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)));
for (const name of ['16-bits.aiff', '8-bits.aiff', '16-bits.caf', 'mulaw.caf', 'alaw.caf', 'mulaw.wav', 'alaw.wav']) {
  const { channelData } = await decode(readFileSync(name));
  const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', name, '-f', 'f32le', '-'], { maxBuffer: 1e9 });
  const floats = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  console.log(`${name}: audio-decode ${decibels(channelData[0])} dB, ffmpeg ${decibels(floats)} dB`);
}
END
node peak.mjs | tee seen
diff seen - <<'END'
16-bits.aiff: audio-decode -6 dB, ffmpeg -6 dB
8-bits.aiff: audio-decode 0 dB, ffmpeg -6 dB
16-bits.caf: audio-decode -6 dB, ffmpeg -6 dB
mulaw.caf: audio-decode -18 dB, ffmpeg -6 dB
alaw.caf: audio-decode -24 dB, ffmpeg -6 dB
mulaw.wav: audio-decode -6 dB, ffmpeg -6 dB
alaw.wav: audio-decode -6 dB, ffmpeg -6 dB
END
echo 'audio-decode 3.12.0 changes the level of three of them'
