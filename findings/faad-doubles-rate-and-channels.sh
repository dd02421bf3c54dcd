#!/usr/bin/env bash
# faad makes stereo of a mono recording in AAC, and of one in ADTS at 22,050 Hz also 44,100 Hz: a phone's note becomes four times as large, and looks like a studio's recording that it never was. ffmpeg keeps
# both.
# version: faad 2.10.1 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts decodes with ffmpeg
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'faad=2.10.1-*' libfaad2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

for name in take.m4a take.aac; do
  ffmpeg -v error -f lavfi -i 'sine=f=300:r=22050:d=3' $name
  ffmpeg -v error -y -i $name ffmpeg.wav
  LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/faad -q -o faad.wav $name
  for by in ffmpeg faad; do
    echo "$name, $by: $(ffmpeg -i $by.wav 2>&1 | grep -oE '[0-9]+ Hz, \w+')"
  done
done | tee seen
diff seen - <<'END'
take.m4a, ffmpeg: 22050 Hz, mono
take.m4a, faad: 22050 Hz, stereo
take.aac, ffmpeg: 22050 Hz, mono
take.aac, faad: 44100 Hz, stereo
END
echo 'faad makes more of a recording than it has'
