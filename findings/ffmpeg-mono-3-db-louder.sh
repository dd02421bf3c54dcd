#!/usr/bin/env bash
# ffmpeg's `-ac 1` makes a stereo recording with the voice in the middle 3 dB louder where the result is encoded from floats: from any format to M4A or a WAV
# of floats, from M4A also to MP3 and Opus. Peaks at -1 dB are then above full scale, and are cut off when it is played. To a WAV in 16 bits the level stays, and
# with `-rematrix_maxval 1` everywhere.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/audio/edit.ts (joinFiles) sets rematrix_maxval, because takes in stereo are joined with mono ones
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

# The same on both sides.
$ffmpeg -v error -f lavfi -i 'anoisesrc=c=pink:s=1:r=48000:d=5:a=0.4' -filter_complex 'lowpass=4000,pan=stereo|c0=c0|c1=c0' stereo.wav
$ffmpeg -v error -i stereo.wav -b:a 192k stereo.m4a
level() { $ffmpeg -hide_banner -i "$1" -af astats -f null - 2>&1 | awk '/RMS level/ { level = $NF } END { print level }'; }
try() {
  $ffmpeg -v error -y -i "$1" -ac 1 -b:a 192k "${@:3}" mono."$2"
  awk -v "from=$(level "$1")" -v "to=$(level "mono.$2")" -v "what=$1 to mono.$2${3:+ }${*:3}" 'BEGIN { printf "%s: %+.0f dB\n", what, to - from }'
}
for take in stereo.wav stereo.m4a; do
  for made in wav mp3 opus m4a; do try $take $made; done
  try $take wav -c:a pcm_f32le
  try $take m4a -rematrix_maxval 1
done | sed 's/-0 dB/+0 dB/' | tee seen
diff seen - <<'END'
stereo.wav to mono.wav: +0 dB
stereo.wav to mono.mp3: +0 dB
stereo.wav to mono.opus: +0 dB
stereo.wav to mono.m4a: +3 dB
stereo.wav to mono.wav -c:a pcm_f32le: +3 dB
stereo.wav to mono.m4a -rematrix_maxval 1: +0 dB
stereo.m4a to mono.wav: +0 dB
stereo.m4a to mono.mp3: +3 dB
stereo.m4a to mono.opus: +3 dB
stereo.m4a to mono.m4a: +3 dB
stereo.m4a to mono.wav -c:a pcm_f32le: +3 dB
stereo.m4a to mono.m4a -rematrix_maxval 1: +0 dB
END
echo '3 dB louder, where floats are encoded'
