#!/usr/bin/env bash
# ffmpeg's `afade=t=out:d=1`, meant to fade a take out, fades its first second and makes silence of all that follows, with exit code 0: the fade begins at 0 unless `st` says where.
# SoX's `fade t 0 -0 1`, with its stop at the end, fades the last second.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same; sox 14.4.2 (Debian 12)
# our code: cli/audio/quality.ts says MOSTLY_SILENCE of what is left; cli/prepare fades nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'sox=14.4.2+*' 'libsox3=14.4.2+*' libgsm1 libpng16-16 libmagic1 libgomp1 libltdl7 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
level() { $ffmpeg -hide_banner -i "$1" -af "atrim=$2:$3,astats" -f null - 2>&1 | sed -n 's/.*RMS level dB: //p' | sed '$!d; s/\..*//'; }

$ffmpeg -v error -f lavfi -i 'sine=300:r=48000:d=10' take.wav
$ffmpeg -v error -i take.wav -af afade=t=out:d=1 ffmpeg.wav
LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/sox take.wav sox.wav fade t 0 -0 1
for by in take ffmpeg sox; do
  echo "$by: first second $(level $by.wav 0 1) dB, the next eight $(level $by.wav 1 9) dB, last second $(level $by.wav 9 10) dB"
done | tee seen
diff seen - <<'END'
take: first second -21 dB, the next eight -21 dB, last second -21 dB
ffmpeg: first second -25 dB, the next eight -inf dB, last second -inf dB
sox: first second -21 dB, the next eight -21 dB, last second -25 dB
END
