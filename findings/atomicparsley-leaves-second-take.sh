#!/usr/bin/env bash
# AtomicParsley, asked to write a title into `take.m4a`, leaves it as it is and makes a second file beside it, `take-temp-12345.m4a`, with the title and all of the sound: whoever drops the folder sends the take twice.
# With `--overWrite` there is one.
# version: atomicparsley 20210715 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: check says SAME_SOUND, and drop lists what it uploads
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'atomicparsley=20210715*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

for options in '' --overWrite; do
  rm -rf folder
  mkdir folder
  ffmpeg -v error -f lavfi -i 'sine=f=300:r=44100:d=3' folder/take.m4a
  usr/bin/AtomicParsley folder/take.m4a --title Voice $options >/dev/null
  for file in folder/*; do
    sound=$(ffmpeg -v error -i "$file" -f s16le - | wc -c)
    title=$(ffmpeg -v error -i "$file" -f ffmetadata - | grep -o 'title=.*' || echo 'no title')
    echo "${options:-default}: $(basename "$file" | sed -E 's/temp-[0-9]+/temp-N/'), $((sound / 88200)) seconds, $title"
  done
done | tee seen
diff seen - <<'END'
default: take-temp-N.m4a, 3 seconds, title=Voice
default: take.m4a, 3 seconds, no title
--overWrite: take.m4a, 3 seconds, title=Voice
END
echo 'one take has become two'
