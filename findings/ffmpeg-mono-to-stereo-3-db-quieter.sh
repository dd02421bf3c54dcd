#!/usr/bin/env bash
# ffmpeg lowers a mono recording by 3 dB when it makes it stereo (`-ac 2`), SoX and pydub copy it to both sides: the same voice measures as
# quieter, and a level that just met a provider's guide no longer does. Back to mono, it stays 3 dB quieter.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same; sox 14.4.2 (Debian 12)
# our code: cli/audio/listen.ts decodes with the channels that a recording has; cli/prepare/choose-side.ts makes one side, never two
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

$ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=3' -bitexact mono.wav
$ffmpeg -v error -i mono.wav -bitexact -ac 2 ffmpeg.wav
$ffmpeg -v error -i ffmpeg.wav -bitexact -ac 1 ffmpeg-and-back.wav
usr/bin/sox mono.wav -c 2 sox.wav
# The highest sample of the file, from its bytes.
peak() { od -An -v -td2 -w2 -j 44 "$1" | awk '{ v = $1 < 0 ? -$1 : $1; if (v > p) p = v } END { print p }'; }
mono=$(peak mono.wav)
for made in ffmpeg sox ffmpeg-and-back; do
  echo "$made: $(awk "BEGIN { printf \"%.0f dB\", 20 * log($(peak $made.wav) / $mono) / log(10) }")"
done | sed 's/-0 dB/0 dB/' | tee seen
diff seen - <<'END'
ffmpeg: -3 dB
sox: 0 dB
ffmpeg-and-back: -3 dB
END
