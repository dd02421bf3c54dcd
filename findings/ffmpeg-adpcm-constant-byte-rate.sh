#!/usr/bin/env bash
# ffmpeg writes "128 kb/s" (nAvgBytesPerSec 16000) into the header of every WAV in MS or IMA ADPCM, whatever its real rate is: who divides the size
# by it gets a wrong length. Only the size of a block and its number of samples are right.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: shared/wav-format.ts computes the rate of ADPCM from its blocks
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

ffmpeg -v error -f lavfi -i 'sine=f=300:r=22050:d=10' -c:a adpcm_ms one.wav
ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=10' -c:a adpcm_ima_wav two.wav
ffmpeg -version | head -1
for file in one.wav two.wav; do
  rate=$(od -An -tu4 -j28 -N4 $file | tr -d ' ')
  real=$(($(stat -c %s $file) / 10))
  echo "$file: 10 seconds, $real bytes per second; its header says $rate"
  [ "$rate" = 16000 ]
  awk "BEGIN { exit !($real < 0.8 * $rate) }"
done
echo "the byte rate of ADPCM is a constant"
