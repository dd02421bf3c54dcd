#!/usr/bin/env bash
# ffmpeg's filter astats counts every sample of a silent channel as a peak of its own, and its "Overall" averages these counts over the channels:
# a stereo file with one idle side looks like one of which half of all samples are clipped.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/audio/measure.ts measures each channel itself
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=4' -af 'pan=stereo|c0=c0|c1=0*c0' one.wav
said=$(ffmpeg -nostdin -hide_banner -i one.wav -af astats -f null - 2>&1)
ffmpeg -version | head -1
count() { sed -n "/$1/,\$p" <<< "$said" | sed -n 's/.*Peak count: //p' | head -1; }
left=$(count 'Channel: 1')
all=$(count Overall)
echo "Of 32000 samples, $left are peaks on the left; the right is silent; overall there are $all"
awk "BEGIN { exit !($left < 1000 && $all > 15000) }"
echo "astats takes silence for peaks"
