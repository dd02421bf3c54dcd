#!/usr/bin/env bash
# mpg123 -w, which writes a WAV, begins its file anew where the sample rate of an MP3 changes, and exits with 0: of two takes that were joined,
# 22,050 and 44,100 Hz, only the second is left. Of two of one rate, both are.
# version: mpg123 1.31.2 (Debian 12)
# our code: none: ffmpeg reads both, and check measures what ffmpeg reads
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'mpg123=1.31.2-*' 'libmpg123-0=1.31.2-*' 'libout123-0=1.31.2-*' 'libsyn123-0=1.31.2-*'
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

for rate in 22050 44100; do
  ffmpeg -v error -f lavfi -i "sine=f=300:r=$rate:d=10" -b:a 64k $rate.mp3
done
cat 22050.mp3 44100.mp3 > two-rates.mp3
cat 44100.mp3 44100.mp3 > one-rate.mp3

seconds() {
  usr/bin/mpg123.bin -q -w "$1.wav" "$1.mp3" 2> /dev/null
  { ffmpeg -nostdin -i "$1.wav" 2>&1 || true; } | sed -n 's/.*Duration: 00:00:\([0-9]*\).*/\1/p'
}
seen="two rates: $(seconds two-rates) seconds, one rate: $(seconds one-rate) seconds"
echo "mpg123 1.31.2: $seen"
[ "$seen" = 'two rates: 10 seconds, one rate: 20 seconds' ]
echo "the first take is overwritten"
