#!/usr/bin/env bash
# `mp3gain take.mp3`, which is to measure only, writes what it found into the file: its content, size and checksum change, and every tool that compares them uploads the take again as a new one. The sound
# stays as it was. With `-s s` it writes nothing.
# version: mp3gain 1.6.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: voice-folder/same-recordings.ts compares bytes, so such a take counts as another recording
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'mp3gain=1.6.2-*' libmpg123-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

sound() { ffmpeg -v error -i take.mp3 -f s16le - | md5sum; }
for options in '' '-s s'; do
  ffmpeg -v error -y -f lavfi -i 'sine=f=300:r=44100:d=3' take.mp3
  cp take.mp3 before.mp3
  before=$(sound)
  LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/mp3gain $options take.mp3 >/dev/null 2>&1
  file=$(cmp -s before.mp3 take.mp3 && echo 'the same' || echo "changed, with the tag $(tail -c 300 take.mp3 | grep -ao MP3GAIN_MINMAX)")
  echo "mp3gain${options:+ $options}: the file is $file, the sound $([ "$before" = "$(sound)" ] && echo 'the same' || echo changed)"
done | tee seen
diff seen - <<'END'
mp3gain: the file is changed, with the tag MP3GAIN_MINMAX, the sound the same
mp3gain -s s: the file is the same, the sound the same
END
echo 'to measure is to change'
