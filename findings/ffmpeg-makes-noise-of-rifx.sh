#!/usr/bin/env bash
# ffmpeg makes noise at full scale, with exit code 0, of a WAV in big-endian order (RIFX), as `sox -B` and `sndfile-convert -endian=big` write it: it reads the
# header in that order and the samples in the other, so that even the length is right. Of 24 bits from SoX it says that it cannot read them. SoX reads all.
# version: ffmpeg 4.1.0 (npm's @ffmpeg-installer/linux-x64 4.1.0) and 7.1 (@remotion/compositor-linux-x64-gnu 4.0.529), sox 14.4.2, sndfile-programs 1.2.0 (Debian 12), Node 24
# our code: cli/audio/wav-header.ts names the decoder, check warns, and prepare saves it in the usual order
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
cat > look.mjs <<'END'
import { readFileSync } from 'node:fs';
const file = readFileSync(process.argv[2]);
const at = file.indexOf('data') + 8;
let most = 0;
for (let byte = at; byte + 1 < file.length; byte += 2) most = Math.max(most, Math.abs(file.readInt16LE(byte)));
console.log(`${((file.length - at) / 2 / 16_000).toFixed(1)} s with a peak of ${most > 30_000 ? 'full scale' : most}`);
END
# A quiet tone of two seconds.
with_libraries usr/bin/sox -D -r 16000 -n -b 16 little.wav synth 2 sine 300 vol 0.1
with_libraries usr/bin/sox -D little.wav -B sox.wav
with_libraries usr/bin/sox -D little.wav -B -b 24 sox-24.wav
with_libraries usr/bin/sndfile-convert -endian=big -pcm16 little.wav libsndfile.wav
with_libraries usr/bin/sndfile-convert -endian=big -pcm24 little.wav libsndfile-24.wav
reads() { rm -f out.wav; if "$@" >/dev/null 2>&1; then echo "reads $(node look.mjs out.wav)"; else echo refuses; fi; }
for name in little sox sox-24 libsndfile libsndfile-24; do
  echo "$name, $(head -c 4 $name.wav): ffmpeg 4.1 $(reads $old -v error -i $name.wav -c:a pcm_s16le -fflags +bitexact out.wav)"
  echo "$name: ffmpeg 7.1 $(reads env LD_LIBRARY_PATH=$dir/node_modules/@remotion/compositor-linux-x64-gnu $new -v error -i $name.wav -c:a pcm_s16le -fflags +bitexact out.wav)"
  echo "$name: SoX $(reads with_libraries usr/bin/sox -D $name.wav -L -b 16 out.wav)"
  echo "$name: libsndfile $(reads with_libraries usr/bin/sndfile-convert -endian=little -pcm16 $name.wav out.wav)"
done | tee seen
diff seen - <<'END'
little, RIFF: ffmpeg 4.1 reads 2.0 s with a peak of 3277
little: ffmpeg 7.1 reads 2.0 s with a peak of 3277
little: SoX reads 2.0 s with a peak of 3277
little: libsndfile reads 2.0 s with a peak of 3277
sox, RIFX: ffmpeg 4.1 reads 2.0 s with a peak of full scale
sox: ffmpeg 7.1 reads 2.0 s with a peak of full scale
sox: SoX reads 2.0 s with a peak of 3277
sox: libsndfile reads 2.0 s with a peak of 3277
sox-24, RIFX: ffmpeg 4.1 refuses
sox-24: ffmpeg 7.1 refuses
sox-24: SoX reads 2.0 s with a peak of 3277
sox-24: libsndfile refuses
libsndfile, RIFX: ffmpeg 4.1 reads 2.0 s with a peak of full scale
libsndfile: ffmpeg 7.1 reads 2.0 s with a peak of full scale
libsndfile: SoX reads 2.0 s with a peak of 3277
libsndfile: libsndfile reads 2.0 s with a peak of 3277
libsndfile-24, RIFX: ffmpeg 4.1 reads 2.0 s with a peak of 255
libsndfile-24: ffmpeg 7.1 reads 2.0 s with a peak of 255
libsndfile-24: SoX reads 2.0 s with a peak of 3277
libsndfile-24: libsndfile reads 2.0 s with a peak of 3277
END
echo 'of big-endian WAV, ffmpeg makes noise'
