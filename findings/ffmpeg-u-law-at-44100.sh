#!/usr/bin/env bash
# ffmpeg reads a telephone call in raw µ-law or A-law (`.ul`, `.al`), which has no header, at 44,100 Hz: it succeeds, and the call speaks 5.5 times as fast and high. SoX takes the 8,000 Hz of telephones;
# `-ar 8000` before `-i` makes it right.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), sox 14.4.2 (Debian 12)
# our code: shared/other-formats.ts lists both among the formats that are never sent
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'sox=14.4.2*' libsox3 libgsm1 libltdl7 libmagic1 libpng16-16 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
sox() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/sox "$@"; }

ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=10' -f mulaw call.ul
ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=10' -f alaw call.al
for name in call.ul call.al; do
  ffmpeg -v error -y -i $name ffmpeg.wav
  ffmpeg -v error -y -ar 8000 -i $name told.wav
  sox $name sox.wav
  for by in ffmpeg told sox; do
    echo "$name, $by: $(ffmpeg -i $by.wav 2>&1 | grep -oE '[0-9]+ Hz|00:00:[0-9.]+' | paste -sd' ')"
  done
done | tee seen
diff seen - <<'END'
call.ul, ffmpeg: 00:00:01.81 44100 Hz
call.ul, told: 00:00:10.00 8000 Hz
call.ul, sox: 00:00:10.00 8000 Hz
call.al, ffmpeg: 00:00:01.81 44100 Hz
call.al, told: 00:00:10.00 8000 Hz
call.al, sox: 00:00:10.00 8000 Hz
END
echo 'ffmpeg plays telephone calls 5.5 times as fast'
