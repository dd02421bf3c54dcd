#!/usr/bin/env bash
# ffmpeg writes AAC, MP3, Vorbis and FLAC into a WAV if told to copy (`-i take.m4a -c copy take.wav`), with exit code 0. The AAC and the Vorbis it cannot decode again itself, and
# Python's wave and SoX read none of them. Opus it refuses.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), Python 3.11.2, sox 14.4.2 (Debian 12)
# our code: cli/audio/listen.ts decodes each recording, and check says "was not analyzed" if ffmpeg cannot
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

for format in m4a mp3 ogg flac opus; do
  ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=5' take.$format
  ffmpeg -v error -i take.$format -c copy $format.wav 2>errors || { echo "$format: refused"; continue; }
  decoded=$(($( (ffmpeg -v quiet -i $format.wav -f s16le -ar 48000 -ac 1 - 2>/dev/null || true) | wc -c) / 96000))
  wave=$(/usr/bin/python3 -W ignore -c 'import wave, sys; wave.open(sys.argv[1])' $format.wav 2>/dev/null && echo read || echo 'not read')
  sox=$(LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/sox $format.wav -n stat >/dev/null 2>&1 && echo read || echo 'not read')
  echo "$format of 5 s, copied into WAV: ffmpeg decodes $decoded s, Python's wave: $wave, SoX: $sox"
done | tee seen
diff seen - <<'END'
m4a of 5 s, copied into WAV: ffmpeg decodes 0 s, Python's wave: not read, SoX: not read
mp3 of 5 s, copied into WAV: ffmpeg decodes 5 s, Python's wave: not read, SoX: not read
ogg of 5 s, copied into WAV: ffmpeg decodes 0 s, Python's wave: not read, SoX: not read
flac of 5 s, copied into WAV: ffmpeg decodes 5 s, Python's wave: not read, SoX: not read
opus: refused
END
echo 'WAV without a sound that ffmpeg itself could read'
