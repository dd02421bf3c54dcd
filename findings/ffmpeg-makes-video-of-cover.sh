#!/usr/bin/env bash
# ffmpeg makes a video of a recording with a cover picture, as podcasts and dictation apps write it into MP3: to convert it to `.ogg` or `.webm` encodes the picture as the first track (Theora, VP9), with exit code 0, and to
# `.m4a` fails. `.wav` and `.opus` get the sound alone, as all do with `-vn`.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/audio/edit.ts (write) leaves pictures out with -vn
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

ffmpeg -v error -f lavfi -i color=red:s=64x64 -frames:v 1 cover.jpg
ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=3' -i cover.jpg -map 0 -map 1 -c:v copy -disposition:v:0 attached_pic take.mp3
for name in take.wav take.opus take.ogg take.webm take.m4a; do
  for options in '' -vn; do
    if ffmpeg -v quiet -y -i take.mp3 $options $name; then
      tracks=$({ ffmpeg -i $name 2>&1 || true; } | grep -oE '(Video|Audio): \w+' | paste -sd,)
    else
      tracks=fails
    fi
    echo "$name${options:+, $options}: $tracks"
  done
done | tee seen
diff seen - <<'END'
take.wav: Audio: pcm_s16le
take.wav, -vn: Audio: pcm_s16le
take.opus: Audio: opus
take.opus, -vn: Audio: opus
take.ogg: Video: theora,Audio: vorbis
take.ogg, -vn: Audio: vorbis
take.webm: Video: vp9,Audio: opus
take.webm, -vn: Audio: opus
take.m4a: fails
take.m4a, -vn: Audio: aac
END
echo 'a recording with a cover becomes a video'
