#!/usr/bin/env bash
# ffmpeg's usual way to keep the left side of a stereo recording, `-af pan=mono|c0=FL`, makes silence of a mono one, whose only channel is called FC, with exit
# code 0; so does the mean of both sides. In a folder of both kinds the mono takes are lost. `c0=c0` and `-ac 1` work for both.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/audio/edit.ts (decode) names channels by number; check says SILENT of such a take
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
$ffmpeg -version | head -1

$ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=3' -bitexact mono.wav
$ffmpeg -v error -i mono.wav -bitexact -af 'pan=stereo|c0=c0|c1=c0' stereo.wav
peak() { od -An -v -td2 -w2 -j 44 "$1" | awk '{ v = $1 < 0 ? -$1 : $1; if (v > p) p = v } END { print p + 0 }'; }
for take in stereo mono; do
  for options in '-af pan=mono|c0=FL' '-af pan=mono|c0=0.5*FL+0.5*FR' '-af pan=mono|c0=c0' '-ac 1'; do
    $ffmpeg -v error -y -i $take.wav $options -bitexact made.wav
    echo "$take, $options: exit code $?, $([ "$(peak made.wav)" = 0 ] && echo silence || echo sound)"
  done
done | tee seen
diff seen - <<'END'
stereo, -af pan=mono|c0=FL: exit code 0, sound
stereo, -af pan=mono|c0=0.5*FL+0.5*FR: exit code 0, sound
stereo, -af pan=mono|c0=c0: exit code 0, sound
stereo, -ac 1: exit code 0, sound
mono, -af pan=mono|c0=FL: exit code 0, silence
mono, -af pan=mono|c0=0.5*FL+0.5*FR: exit code 0, silence
mono, -af pan=mono|c0=c0: exit code 0, sound
mono, -ac 1: exit code 0, sound
END
echo 'pan by names of sides made silence of mono'
