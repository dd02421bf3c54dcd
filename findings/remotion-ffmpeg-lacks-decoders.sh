#!/usr/bin/env bash
# The ffmpeg that comes with Remotion (7.1, newer than Debian's) cannot decode ALAC, AIFF, µ-law, A-law, AMR or WMA, and has none of the filters that
# measure sound but silencedetect: a new version does not mean a complete build.
# version: @remotion/compositor-linux-x64-gnu 4.0.529
# our code: cli/audio/listen.ts needs no filter; check says NOT_HEARD of what cannot be decoded
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @remotion/compositor-linux-x64-gnu@4.0.529
ffmpeg=$dir/node_modules/@remotion/compositor-linux-x64-gnu/ffmpeg
chmod +x "$ffmpeg"
decoders=$("$ffmpeg" -hide_banner -decoders)
filters=$("$ffmpeg" -hide_banner -filters)
"$ffmpeg" -version | head -1
for name in alac pcm_s16be pcm_mulaw pcm_alaw amrnb wmav2; do
  ! grep -q " $name " <<< "$decoders"
  echo "no decoder $name"
done
for name in astats ebur128 volumedetect; do
  ! grep -q " $name " <<< "$filters"
  echo "no filter $name"
done
grep -q ' silencedetect ' <<< "$filters"
