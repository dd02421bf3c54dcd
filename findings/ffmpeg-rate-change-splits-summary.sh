#!/usr/bin/env bash
# Where a file's sample rate changes, as in two MP3s that were joined, ffmpeg makes its filters anew: astats prints one summary for each part, and
# the last one, which scripts read, leaves out all before.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/audio/listen.ts decodes to WAV, which ffmpeg resamples to one rate
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

ffmpeg -v error -f lavfi -i 'sine=f=300:r=44100:d=10' one.mp3
ffmpeg -v error -f lavfi -i 'sine=f=300:r=22050:d=3' two.mp3
cat one.mp3 two.mp3 > joined.mp3
said=$(ffmpeg -nostdin -hide_banner -i joined.mp3 -af astats -f null - 2>&1)
decoded=$(ffmpeg -nostdin -v quiet -i joined.mp3 -f s16le - | wc -c)
ffmpeg -version | head -1
counts=$(sed -n 's/.*Number of samples: //p' <<< "$said" | tr '\n' ' ')
echo "astats counted, by summary: $counts; decoded: $((decoded / 2)) samples of 44100 Hz"
[ "$(wc -w <<< "$counts")" -ge 2 ]
[ "$decoded" -gt 1100000 ]
last=$(awk '{ print $NF }' <<< "$counts")
[ "$last" -lt 100000 ]
echo "there is one summary for each part"
