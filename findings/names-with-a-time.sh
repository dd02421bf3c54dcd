#!/usr/bin/env bash
# A recording that is named after its time, `2026-11-28T10:30:00.wav`, is "Protocol not found" for ffmpeg, and for rclone on a remote that its configuration lacks: they take what is before the colon for
# a protocol or a remote. With a space before the colon ffmpeg reads it. `./` in front helps with both.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), Debian's 5.1.9 does the same; rclone 1.60.1 (Debian 12)
# our code: cli/audio/ffmpeg.ts (inputOf) writes file: in front of every path
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'rclone=1.60.1+*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export HOME=$dir

ffmpeg -v error -f lavfi -i 'sine=f=300:r=44100:d=3' take.wav
cp take.wav 2026-11-28T10:30:00.wav
cp take.wav '2026-11-28 10:30:00.wav'
does() { "$@" >/dev/null 2>log && echo works || grep -oE "Protocol not found|didn't find section in config file" log | head -1; }
for name in 2026-11-28T10:30:00.wav ./2026-11-28T10:30:00.wav '2026-11-28 10:30:00.wav'; do
  echo "$name: ffmpeg $(does ffmpeg -v error -y -i "$name" new.wav), rclone $(does usr/bin/rclone copy "$name" copies)"
done | tee seen
diff seen - <<'END'
2026-11-28T10:30:00.wav: ffmpeg Protocol not found, rclone didn't find section in config file
./2026-11-28T10:30:00.wav: ffmpeg works, rclone works
2026-11-28 10:30:00.wav: ffmpeg works, rclone didn't find section in config file
END
echo 'what is before a colon is taken for a protocol or a remote'
