#!/usr/bin/env bash
# SoX cuts a recording in floats off at full scale when it reads it: a take whose peaks are at +12 dB, which recorders of 32 bits make, is as distorted after `gain -14`, and even after
# `-v 0.2`, which is said to be the volume of the input. ffmpeg turns the same file down without loss.
# version: sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts (amplify) turns down in floats with ffmpeg; check says TOO_LOUD of such a take, not CLIPPED
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

# A tone whose peaks are at +12 dB, in floats.
$ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=3' -af volume=30dB -c:a pcm_f32le -bitexact loud.wav
usr/bin/sox -V1 loud.wav -b 16 -e signed gain.wav gain -14
usr/bin/sox -V1 -v 0.2 loud.wav -b 16 -e signed volume.wav
$ffmpeg -v error -i loud.wav -af volume=-14dB -c:a pcm_s16le -bitexact ffmpeg.wav

# A sine's mean level is 3 dB below its peak, a square's is its peak.
cat > shape.mjs <<'END'
import { readFileSync } from 'node:fs';
for (const name of ['gain', 'volume', 'ffmpeg']) {
  const wav = readFileSync(`${name}.wav`);
  const samples = Array.from({ length: 32000 }, (_, index) => wav.readInt16LE(wav.length - 64000 + 2 * index) / 32768);
  const peak = 20 * Math.log10(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
  const mean = 10 * Math.log10(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
  console.log(`${name}: peaks at ${Math.round(peak)} dB, ${(peak - mean).toFixed(1)} dB above the mean level`);
}
END
node shape.mjs | tee seen
diff seen - <<'END'
gain: peaks at -14 dB, 0.5 dB above the mean level
volume: peaks at -14 dB, 0.5 dB above the mean level
ffmpeg: peaks at -2 dB, 3.0 dB above the mean level
END
echo 'SoX made a square of a sine before it turned it down'
