#!/usr/bin/env bash
# libsndfile, with which Python's soundfile and librosa read, stops in a good MP3 where its guess of the length ends, without an error: it returns
# 4.3 of 10 seconds of a file of variable bit rate without a Xing header, and the first of two files that were joined.
# version: libsndfile 1.2.0 (Debian 12)
# our code: none: who converts recordings in Python before a clone sends a part of them; ffmpeg reads them whole
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'sndfile-programs=1.2.0-*' 'libsndfile1=1.2.0-*' libflac12 libmp3lame0 libmpg123-0 libogg0 libopus0 libvorbis0a libvorbisenc2
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

noise='anoisesrc=d=10:a=0.2:r=22050:seed=1'
ffmpeg -v error -f lavfi -i "$noise" -q:a 4 -write_xing 0 variable.mp3
ffmpeg -v error -f lavfi -i "$noise" -q:a 4 one.mp3
cat one.mp3 one.mp3 > joined.mp3

seconds() { awk "BEGIN { printf \"%.1f\", $1 / 22050 / 2 }"; }
for file in variable.mp3 joined.mp3; do
  usr/bin/sndfile-convert -pcm16 $file read.wav 2> /dev/null
  read=$(seconds $(($(wc -c < read.wav) - 44)))
  whole=$(seconds "$(ffmpeg -nostdin -v quiet -i $file -f s16le - | wc -c)")
  echo "libsndfile 1.2.0: $read seconds of $file; ffmpeg: $whole"
  awk "BEGIN { exit !($read < 0.6 * $whole) }"
done
echo "the rest of good MP3 files is dropped"
