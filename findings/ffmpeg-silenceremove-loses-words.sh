#!/usr/bin/env bash
# ffmpeg's silenceremove ends the recording at its first pause if asked to trim the end (`stop_periods=1`): what is said after it is lost, and of a take that
# begins with silence nothing is left, with exit code 0. With `stop_periods=-1:stop_duration=1` it leaves no second of a pause, but none of it.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/prepare/mend.ts finds the pauses itself and keeps a part of each
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

# Three seconds of sound, three of pause, two of sound; the second take begins with two seconds of silence.
sound='anoisesrc=r=16000:d=8:a=0.1:s=1'
$ffmpeg -v error -f lavfi -i "$sound" -af "volume=enable='between(t,3,6)':volume=0" take.wav
$ffmpeg -v error -f lavfi -i 'anullsrc=r=16000:cl=mono' -i take.wav -filter_complex '[0]atrim=0:2[a];[a][1]concat=v=0:a=1' late.wav
for take in take late; do
  for options in stop_periods=1 stop_periods=-1; do
    $ffmpeg -v error -y -i $take.wav -af "silenceremove=$options:stop_duration=1:stop_threshold=-50dB" -f s16le made.raw && code=0 || code=$?
    seconds=$(awk "BEGIN { printf \"%.1f\", $(stat -c %s made.raw) / 32000 }")
    echo "$take, $options: exit code $code, $seconds seconds"
  done
done | tee seen
diff seen - <<'END'
take, stop_periods=1: exit code 0, 3.0 seconds
take, stop_periods=-1: exit code 0, 5.0 seconds
late, stop_periods=1: exit code 0, 0.0 seconds
late, stop_periods=-1: exit code 0, 5.0 seconds
END
