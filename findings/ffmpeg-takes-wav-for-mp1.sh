#!/usr/bin/env bash
# ffmpeg 4.1, which npm's @ffmpeg-installer still brings, looks at the samples of a WAV, whatever its header says: of a steady tone in 16 bits it makes "mp1", four seconds at 48 kHz become almost ten at 32 kHz, of noise, and
# it exits with 0. `-f wav` does not help, `-c:a pcm_s16le` before `-i` does. It is a rare tone: of its neighbors all are right.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 returns the tone
# our code: cli/audio/wav-header.ts names the decoder
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

# Of 200 Hz at -20 dB, and of what is a little higher, louder or at another rate.
tone() { ffmpeg -v error -y -f lavfi -i "aevalsrc=$2*sin(2*PI*$1*t):s=$3:d=4" -bitexact take.wav; }
of() {
  ffmpeg -v error -y "$@" -i take.wav -f s16le take.raw 2>errors && code=0 || code=$?
  cmp -s take.raw <(tail -c +45 take.wav) && same='the samples of the file' || same='other samples'
  echo "$(ffmpeg -hide_banner "$@" -i take.wav 2>&1 | sed -n 's/.*Audio: \([^ ,]*\).*, \([0-9]* Hz\).*/\1, \2/p'), $(($(stat -c %s take.raw) / 2)) samples, $same, exit code $code"
}
{
  tone 200 0.1 48000
  for options in '' '-f wav' '-c:a pcm_s16le'; do echo "${options:-no options}: $(of $options)"; done
  for other in '201 0.1 48000' '200 0.11 48000' '200 0.1 44100'; do
    tone $other
    echo "$other: $(of)"
  done
} | tee seen
diff seen - <<'SEEN'
no options: mp1, 32000 Hz, 306816 samples, other samples, exit code 0
-f wav: mp1, 32000 Hz, 306816 samples, other samples, exit code 0
-c:a pcm_s16le: pcm_s16le, 48000 Hz, 192000 samples, the samples of the file, exit code 0
201 0.1 48000: pcm_s16le, 48000 Hz, 192000 samples, the samples of the file, exit code 0
200 0.11 48000: pcm_s16le, 48000 Hz, 192000 samples, the samples of the file, exit code 0
200 0.1 44100: pcm_s16le, 44100 Hz, 176400 samples, the samples of the file, exit code 0
SEEN
echo 'a WAV of four seconds is an MP1 of almost ten'
