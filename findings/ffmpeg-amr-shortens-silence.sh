#!/usr/bin/env bash
# ffmpeg leaves out the silent frames of an AMR recording (DTX, as telephones write them): what it decodes is shorter than the recording, and
# all that follows a pause comes too early. Its optional libopencore_amrnb and SoX decode all of it.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: none: cli/audio/listen.ts hears the shorter sound, so lengths and places in AMR recordings with DTX are too small
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

# Four seconds of sound, eight of silence, four of sound.
ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=16' -af "volume=enable='between(t,4,12)':volume=0" one.wav
ffmpeg -v error -i one.wav -c:a libopencore_amrnb -b:a 12.2k -dtx 1 one.amr

seconds() { # of what a decoder gives
  bytes=$(ffmpeg -v quiet -c:a "$1" -i one.amr -f s16le - | wc -c)
  awk "BEGIN { printf \"%.1f\", $bytes / 16000 }"
}
echo "$(ffmpeg -version | head -1)"
own=$(seconds amrnb)
opencore=$(seconds libopencore_amrnb)
echo "16 seconds decode to $own seconds with ffmpeg's own decoder, which is the default, and to $opencore with libopencore_amrnb"
[ "$opencore" = 16.0 ]
awk "BEGIN { exit !($own < 15) }"
echo "ffmpeg's decoder of AMR leaves out silence"
