#!/usr/bin/env bash
# ffmpeg 4.1, which npm's @ffmpeg-installer brings, makes an empty WAV with exit code 0 if it is to take the first seconds of one without encoding them (`-t 5 -i take.wav -c copy`), with `-ss` too. With
# `-t` behind `-i`, or of an MP3, it cuts right, and so does ffmpeg 7.1.
# version: ffmpeg 4.1.0 (npm's @ffmpeg-installer/linux-x64 4.1.0) and 7.1 (@remotion/compositor-linux-x64-gnu 4.0.529); Debian's 5.1.9 does as 7.1
# our code: cli/audio/edit.ts encodes what it cuts
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 @remotion/compositor-linux-x64-gnu@4.0.529
old=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
new=node_modules/@remotion/compositor-linux-x64-gnu/ffmpeg
chmod +x $old $new
export LD_LIBRARY_PATH=node_modules/@remotion/compositor-linux-x64-gnu

for format in wav mp3; do
  $old -v error -f lavfi -i 'sine=f=300:r=48000:d=60' -ac 1 whole.$format
  for version in old new; do
    ffmpeg=${!version}
    $ffmpeg -v error -y -t 5 -i whole.$format -c copy before.$format
    $ffmpeg -v error -y -ss 10 -t 5 -i whole.$format -c copy both.$format
    $ffmpeg -v error -y -i whole.$format -t 5 -c copy behind.$format
    seconds() { $old -v error -i $1.$format -f s16le - | wc -c | awk '{ printf "%.0f s", $1 / 96000 }'; }
    echo "$version ffmpeg, $format: -t before -i $(seconds before), with -ss $(seconds both), behind $(seconds behind)"
  done
done | tee seen
diff seen - <<'END_OF_SEEN'
old ffmpeg, wav: -t before -i 0 s, with -ss 0 s, behind 5 s
new ffmpeg, wav: -t before -i 5 s, with -ss 5 s, behind 5 s
old ffmpeg, mp3: -t before -i 5 s, with -ss 5 s, behind 5 s
new ffmpeg, mp3: -t before -i 5 s, with -ss 5 s, behind 5 s
END_OF_SEEN
echo 'an empty WAV, and exit code 0'
