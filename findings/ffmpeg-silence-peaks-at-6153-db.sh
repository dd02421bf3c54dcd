#!/usr/bin/env bash
# ffmpeg 4.1 and older say of a silent channel that its peak level is -6153 dB, where newer ones say -inf; of its RMS level both say -inf.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/measure.ts computes levels itself
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

ffmpeg -v error -f lavfi -i 'anullsrc=r=8000:cl=mono' -t 2 one.wav
said=$(ffmpeg -nostdin -hide_banner -i one.wav -af astats -f null - 2>&1)
ffmpeg -version | head -1
peak=$(sed -n 's/.*Peak level dB: //p' <<< "$said" | head -1)
rms=$(sed -n 's/.*RMS level dB: //p' <<< "$said" | head -1)
echo "silence: peak $peak dB, RMS $rms dB"
[[ "$peak" == -6153* && "$rms" == -inf ]]
