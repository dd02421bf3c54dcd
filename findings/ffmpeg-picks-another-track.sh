#!/usr/bin/env bash
# Of a file with two audio tracks, as cameras and recorders with a lapel microphone make it, ffmpeg 4.1 takes the one with the most channels, ffmpeg 7.1 the one that is marked as default,
# which is the first: a script that made mono of the voice makes it of the room since the machine was updated, or the reverse. `-map 0:a:0` names the track.
# version: ffmpeg 4.1.0 (npm's @ffmpeg-installer/linux-x64 4.1.0) and 7.1 (@remotion/compositor-linux-x64-gnu 4.0.529); Debian's 5.1.9 does as 7.1
# our code: cli/audio/listen.ts names the track, and says SILENT_TRACK if the first is silent and another is not
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 @remotion/compositor-linux-x64-gnu@4.0.529
old=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
newer=node_modules/@remotion/compositor-linux-x64-gnu
chmod +x $old $newer/ffmpeg
new() { LD_LIBRARY_PATH=$newer $newer/ffmpeg "$@"; }
$old -version | head -1
new -version | head -1

# The voice in mono, then the room in stereo, which is quieter.
$old -v error -f lavfi -i 'sine=f=300:r=48000:d=3' -f lavfi -i 'anoisesrc=r=48000:d=3:a=0.005' -map 0:a -map 1:a -ac:a:0 1 -ac:a:1 2 -c:a aac take.m4a
peak() { od -An -v -td2 -w2 -j 78 "$1" | awk '{ v = $1 < 0 ? -$1 : $1; if (v > p) p = v } END { print p }'; }
{
  for options in '' '-map 0:a:0'; do
    $old -v error -y -i take.m4a $options -ac 1 old.wav
    new -v error -y -i take.m4a $options -ac 1 new.wav
    for version in old new; do
      echo "$version ffmpeg $options: $([ "$(peak $version.wav)" -gt 1000 ] && echo 'the voice' || echo 'the room')" | sed 's/ :/:/'
    done
  done
} | tee seen
diff seen - <<'END'
old ffmpeg: the room
new ffmpeg: the voice
old ffmpeg -map 0:a:0: the voice
new ffmpeg -map 0:a:0: the voice
END
echo 'another version, another track'
