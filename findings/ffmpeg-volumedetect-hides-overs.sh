#!/usr/bin/env bash
# ffmpeg's volumedetect says "max_volume: 0.0 dB" of a recording in floats whose peaks are at +12 dB: it measures 16 bits, so that a take which only has to be
# turned down cannot be told from one that is cut off. astats says +12.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: none: cli/audio/listen.ts decodes to 16 bits as well, so that check says CLIPPED of such a take, as a provider that does the same hears it
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

$ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=2' -af 'volume=30dB:precision=float' -c:a pcm_f32le hot.wav
$ffmpeg -v error -i hot.wav -af 'volume=-20dB:precision=float' -c:a pcm_f32le turned-down.wav
measured() {
  volumedetect=$($ffmpeg -hide_banner -i $1 -af volumedetect -f null - 2>&1 | grep -oE 'max_volume: .*')
  astats=$($ffmpeg -hide_banner -i $1 -af astats -f null - 2>&1 | grep -oE 'Peak level dB: .*' | tail -1)
  echo "$1: volumedetect $volumedetect, astats $(awk -v dB="${astats#*: }" 'BEGIN { printf "%.1f dB", dB }')"
}
{ measured hot.wav; measured turned-down.wav; } | tee seen
diff seen - <<'END'
hot.wav: volumedetect max_volume: 0.0 dB, astats 11.9 dB
turned-down.wav: volumedetect max_volume: -8.1 dB, astats -8.1 dB
END
