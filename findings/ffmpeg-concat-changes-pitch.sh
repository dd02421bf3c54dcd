#!/usr/bin/env bash
# ffmpeg's `-f concat` joins takes of different sample rates and succeeds: in a WAV, a take of 16 kHz after one of 48 speaks three times as high and fast, in
# an M4A it is hardly there, whether it copies or encodes. No warning names the rate. The filter of the same name is right.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/audio/edit.ts (joinFiles) gives all the same rate and decodes them
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

# Two takes of four seconds, both of the same tone.
for kind in wav m4a; do
  ffmpeg -v error -f lavfi -i 'sine=f=400:r=48000:d=4' one.$kind
  ffmpeg -v error -f lavfi -i 'sine=f=400:r=16000:d=4' two.$kind
  printf 'file one.%s\nfile two.%s\n' $kind $kind >list
  for how in copy encode filter; do
    case $how in
      copy) options=(-f concat -i list -c copy) ;;
      encode) options=(-f concat -i list) ;;
      filter) options=(-i one.$kind -i two.$kind -filter_complex '[0][1]concat=v=0:a=1') ;;
    esac
    ffmpeg -nostdin -v warning -y "${options[@]}" joined.$kind 2>>said && code=0 || code=$?
    ffmpeg -v quiet -y -i joined.$kind -ac 1 -ar 48000 -f s16le joined.raw
    # The tone a fifth before the end, from how often the samples change sign.
    tone=$(node -e "
      const bytes = require('fs').readFileSync('joined.raw');
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1).slice(-0.2 * bytes.length / 2, -0.02 * bytes.length / 2);
      const turns = samples.filter((sample, at) => at > 0 && sample < 0 !== samples[at - 1] < 0).length;
      console.log(Math.round(turns / 2 / (samples.length / 48000) / 100) * 100);")
    echo "$kind, $how: exit code $code, $(($(stat -c %s joined.raw) / 96000)) seconds, tone near the end $tone Hz"
  done
done | tee seen
if grep -qi 'sample rate' said; then exit 1; fi
diff seen - <<'END'
wav, copy: exit code 0, 5 seconds, tone near the end 1200 Hz
wav, encode: exit code 0, 5 seconds, tone near the end 1200 Hz
wav, filter: exit code 0, 8 seconds, tone near the end 400 Hz
m4a, copy: exit code 0, 4 seconds, tone near the end 400 Hz
m4a, encode: exit code 0, 4 seconds, tone near the end 400 Hz
m4a, filter: exit code 0, 8 seconds, tone near the end 400 Hz
END
