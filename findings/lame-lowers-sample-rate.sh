#!/usr/bin/env bash
# lame lowers the sample rate with the bit rate, without being asked: a voice of 48 kHz at `-b 24` becomes one of 16 kHz, at `-b 8` a telephone's 8 kHz.
# ffmpeg with the same encoder keeps the rate and raises the bit rate instead: what was asked as 8 kb/s has 32.
# version: lame 3.100 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: shared/format-problems.ts reports the rate that the recording has (TELEPHONE), not the one that it was made at
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'lame=3.100-*' 'libmp3lame0=3.100-*' libsndfile1 libflac12 libogg0 libopus0 libvorbis0a libvorbisenc2 libmpg123-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

$ffmpeg -v error -f lavfi -i 'anoisesrc=r=48000:d=3:a=0.1:s=1' voice.wav
about() { $ffmpeg -hide_banner -i "$1" 2>&1 | sed -nE 's/.*Audio: mp3.*, ([0-9]+ Hz), .*, ([0-9]+ kb).*/\1, \2\/s/p'; }
for rate in 128 64 48 32 24 8; do
  LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/lame --quiet -b $rate voice.wav lame.mp3
  $ffmpeg -v error -y -i voice.wav -b:a ${rate}k ffmpeg.mp3
  echo "$rate kb/s: lame $(about lame.mp3); ffmpeg $(about ffmpeg.mp3)"
done | tee seen
diff seen - <<'END'
128 kb/s: lame 48000 Hz, 128 kb/s; ffmpeg 48000 Hz, 128 kb/s
64 kb/s: lame 48000 Hz, 64 kb/s; ffmpeg 48000 Hz, 64 kb/s
48 kb/s: lame 32000 Hz, 48 kb/s; ffmpeg 48000 Hz, 48 kb/s
32 kb/s: lame 22050 Hz, 32 kb/s; ffmpeg 48000 Hz, 32 kb/s
24 kb/s: lame 16000 Hz, 24 kb/s; ffmpeg 48000 Hz, 32 kb/s
8 kb/s: lame 8000 Hz, 8 kb/s; ffmpeg 48000 Hz, 32 kb/s
END
