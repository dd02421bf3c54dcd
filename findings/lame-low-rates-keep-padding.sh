#!/usr/bin/env bash
# An MP3 that LAME makes by its defaults of a mono recording of 16 to 24 kHz, as speech synthesis and wideband calls have, is longer than the take in every decoder (by 56 to 104 ms in ffmpeg and mpg123, by 34 to 71 in lame),
# and begins with silence: its frames of 24 or 32 kbit/s have no room for the header that says what to cut off. Nothing warns. With `-b 64`, and at 48 kHz, decoders return the take's own length.
# version: lame 3.100, mpg123 1.31.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: none: transcripts and files in another format are 24 to 69 ms beside such an MP3; cli/audio/edit.ts saves WAV
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'lame=3.100-*' 'libmp3lame0=3.100-*' 'mpg123=1.31.2-*' 'libmpg123-0=1.31.2-*' 'libout123-0=1.31.2-*' 'libsyn123-0=1.31.2-*' libsndfile1 libasound2 libtinfo6 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

# How long, and when the sound begins, in milliseconds, of mono in 16 bits.
of() { node -e '
  const samples = new Int16Array(new Uint8Array(fs.readFileSync(0)).buffer);
  console.log(Math.round((samples.length / process.argv[1]) * 1000) + " ms from " + Math.round((samples.findIndex((sample) => Math.abs(sample) > 3000) / process.argv[1]) * 1000))' "$1"; }
for how in 16000 22050 24000 48000 '22050 -b 64'; do
  read -r rate options <<<"$how"
  ffmpeg -v error -y -f lavfi -i "sine=f=300:r=$rate:d=4" -af volume=12dB take.wav
  usr/bin/lame --quiet $options take.wav take.mp3
  echo "$how: ffmpeg $(ffmpeg -v error -i take.mp3 -f s16le - | of "$rate"), mpg123 $(usr/bin/mpg123.bin -q -s take.mp3 | of "$rate"), lame $(usr/bin/lame --quiet --decode -t take.mp3 - | of "$rate")"
done | tee seen
diff seen - <<'SEEN'
16000: ffmpeg 4104 ms from 69, mpg123 4104 ms from 69, lame 4071 ms from 36
22050: ffmpeg 4075 ms from 50, mpg123 4075 ms from 50, lame 4051 ms from 26
24000: ffmpeg 4056 ms from 46, mpg123 4056 ms from 46, lame 4034 ms from 24
48000: ffmpeg 4000 ms from 0, mpg123 4000 ms from 0, lame 4000 ms from 0
22050 -b 64: ffmpeg 4000 ms from 0, mpg123 4000 ms from 0, lame 4000 ms from 0
SEEN
echo 'silence before and after the take'
