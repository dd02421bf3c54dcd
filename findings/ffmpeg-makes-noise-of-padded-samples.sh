#!/usr/bin/env bash
# ffmpeg makes noise, with exit code 0, of a WAV in WAVE_FORMAT_EXTENSIBLE whose samples have unused bytes, which the format allows: two quiet seconds of
# 24 bits in 32 are at full scale, and of 16 bits in 24 they last three. SoX refuses both, libsndfile reads them right.
# version: ffmpeg 4.1.0 (npm's @ffmpeg-installer/linux-x64 4.1.0) and 7.1 (@remotion/compositor-linux-x64-gnu 4.0.529), sox 14.4.2,
# sndfile-programs 1.2.0 (Debian 12), Node 24
# our code: cli/audio/wav-header.ts names the decoder, check warns, and prepare saves it without these bytes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 @remotion/compositor-linux-x64-gnu@4.0.529
apt-get download -qq 'sox=14.4.2+*' 'libsox3=14.4.2+*' libgsm1 libpng16-16 libmagic1 libgomp1 libltdl7 'sndfile-programs=1.2.0-*' 'libsndfile1=1.2.0-*' \
  libflac12 libvorbis0a libvorbisenc2 libogg0 libopus0 libmpg123-0 libmp3lame0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
old=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
new=node_modules/@remotion/compositor-linux-x64-gnu/ffmpeg
chmod +x $old $new
with_libraries() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu "$@"; }
cat > write.mjs <<'END'
import { writeFileSync } from 'node:fs';
for (const [name, bits, used] of [['24-in-32', 32, 24], ['16-in-24', 24, 16], ['24-in-24', 24, 24]]) {
  const bytes = bits / 8;
  const file = Buffer.alloc(68 + 32_000 * bytes);
  file.write('RIFF');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(40, 16);
  [0xfffe, 1].forEach((value, index) => file.writeUInt16LE(value, 20 + 2 * index));
  [16_000, 16_000 * bytes].forEach((value, index) => file.writeUInt32LE(value, 24 + 4 * index));
  // Size of a frame, of a sample, of the extension, used bits.
  [bytes, bits, 22, used].forEach((value, index) => file.writeUInt16LE(value, 32 + 2 * index));
  file.writeUInt32LE(4, 40);
  file.write('0100000000001000800000aa00389b71', 44, 'hex');
  file.write('data', 60);
  file.writeUInt32LE(file.length - 68, 64);
  // Left-aligned, as the format wants it.
  for (let at = 0; at < 32_000; at++) file.writeIntLE(Math.round(3_000 * Math.sin(at / 10)), 68 + (at + 1) * bytes - 2, 2);
  writeFileSync(`${name}.wav`, file);
}
END
cat > look.mjs <<'END'
import { readFileSync } from 'node:fs';
const file = readFileSync(process.argv[2]);
const at = file.indexOf('data') + 8;
let most = 0;
for (let byte = at; byte + 1 < file.length; byte += 2) most = Math.max(most, Math.abs(file.readInt16LE(byte)));
console.log(`${((file.length - at) / 2 / 16_000).toFixed(1)} s with a peak of ${most > 30_000 ? 'full scale' : most}`);
END
node write.mjs
for name in 24-in-32 16-in-24 24-in-24; do
  $old -v error -i $name.wav -c:a pcm_s16le -fflags +bitexact -y old.wav 2>/dev/null
  echo "$name: ffmpeg 4.1 reads $(node look.mjs old.wav)"
  LD_LIBRARY_PATH=$dir/node_modules/@remotion/compositor-linux-x64-gnu $new -v error -i $name.wav -c:a pcm_s16le -fflags +bitexact -y new.wav
  echo "$name: ffmpeg 7.1 reads $(node look.mjs new.wav)"
  echo "$name: SoX $(with_libraries usr/bin/sox -D $name.wav -b 16 sox.wav 2>/dev/null && echo "reads $(node look.mjs sox.wav)" || echo refuses)"
  with_libraries usr/bin/sndfile-convert -pcm16 $name.wav libsndfile.wav
  echo "$name: libsndfile reads $(node look.mjs libsndfile.wav)"
done | tee seen
diff seen - <<'END'
24-in-32: ffmpeg 4.1 reads 2.0 s with a peak of full scale
24-in-32: ffmpeg 7.1 reads 2.0 s with a peak of full scale
24-in-32: SoX refuses
24-in-32: libsndfile reads 2.0 s with a peak of 3000
16-in-24: ffmpeg 4.1 reads 3.0 s with a peak of full scale
16-in-24: ffmpeg 7.1 reads 3.0 s with a peak of full scale
16-in-24: SoX refuses
16-in-24: libsndfile reads 2.0 s with a peak of 3000
24-in-24: ffmpeg 4.1 reads 2.0 s with a peak of 3000
24-in-24: ffmpeg 7.1 reads 2.0 s with a peak of 3000
24-in-24: SoX reads 2.0 s with a peak of 3000
24-in-24: libsndfile reads 2.0 s with a peak of 3000
END
echo 'Samples with unused bytes: ffmpeg makes noise of them, SoX refuses them, libsndfile reads them.'
