#!/usr/bin/env bash
# ffmpeg's loudnorm returns every recording at 192 kHz: a WAV becomes 24 times as large as the telephone call that it came from, a FLAC or M4A looks
# like a studio's, and only an encoder with a limit of its own (MP3) brings it back. With the measurements of a first pass it keeps the rate, unless
# the loudness varies by more than 7 LU.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/prepare/mend.ts corrects levels itself and keeps the rate
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

$ffmpeg -v error -f lavfi -i 'anoisesrc=r=8000:d=20:a=0.02:s=1' -af 'volume=if(lt(t\,10)\,1\,0.6):eval=frame' call.wav
rate() { $ffmpeg -hide_banner -i "$1" 2>&1 | grep -oE '[0-9]+ Hz'; }
for made in normal.wav normal.flac normal.m4a normal.mp3; do
  $ffmpeg -v error -i call.wav -af loudnorm $made
  echo "call.wav, $(rate call.wav): $made, $(rate $made)"
done | tee seen
normalize_twice() {
  measured=$($ffmpeg -hide_banner -i "$1" -af loudnorm=print_format=json -f null - 2>&1 | sed -n '/^{/,/^}/p')
  value() { grep "\"$1\"" <<<"$measured" | grep -oE -- '-?[0-9.]+' | tail -1; }
  $ffmpeg -v error -y -i "$1" -af "loudnorm=linear=true:measured_I=$(value input_i):measured_TP=$(value input_tp):measured_LRA=$(
    value input_lra):measured_thresh=$(value input_thresh)" second.wav
  echo "$1, loudness range $(value input_lra), second pass: $(rate second.wav)"
}
$ffmpeg -v error -f lavfi -i 'anoisesrc=r=8000:d=20:a=0.02:s=1' -af 'volume=if(lt(t\,10)\,1\,0.3):eval=frame' lively.wav
{ normalize_twice call.wav; normalize_twice lively.wav; } | tee -a seen
diff seen - <<'END'
call.wav, 8000 Hz: normal.wav, 192000 Hz
call.wav, 8000 Hz: normal.flac, 192000 Hz
call.wav, 8000 Hz: normal.m4a, 96000 Hz
call.wav, 8000 Hz: normal.mp3, 48000 Hz
call.wav, loudness range 4.50, second pass: 8000 Hz
lively.wav, loudness range 10.50, second pass: 192000 Hz
END
