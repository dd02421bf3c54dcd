#!/usr/bin/env bash
# Programs that cut without encoding cut something else, with exit code 0: of an MP3 of variable bit rate, npm's mp3-cutter makes 14.6 seconds where 10 were asked for, and mp3splt, if the file has no
# Xing header, 20.6 of 30; of an Opus, oggz-chop keeps the first second, whatever was asked. Of constant bit rate, and with a Xing header, they cut right.
# version: mp3-cutter 1.0.6, mp3splt 2.6.2, oggz-tools 1.1.1 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts cuts what was decoded
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 mp3-cutter@1.0.6
apt-get download -qq 'mp3splt=2.6.2+*' libmp3splt libmad0 libid3tag0 libltdl7 libpcre3 libogg0 libvorbis0a libvorbisfile3 libflac12 'oggz-tools=1.1.1-*' liboggz2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
seconds() { ffmpeg -v error -i "$1" -ac 1 -ar 8000 -f s16le - | wc -c | awk '{ printf "%.1f s", $1 / 16000 }'; }

# Half a minute of a tone, and half a minute of noise, which needs more bits.
make() { ffmpeg -v error -f lavfi -i 'aevalsrc=0.3*sin(600*PI*t)*lt(t\,30)+0.2*random(0)*gte(t\,30):s=44100:d=60' -ac 1 "$@"; }
make -b:a 64k constant.mp3
make -q:a 5 variable.mp3
ffmpeg -v error -i variable.mp3 -c copy -write_xing 0 -id3v2_version 0 no-xing.mp3
make -c:a libvorbis whole.ogg
make -c:a libopus whole.opus
{
  for name in constant variable; do
    node -e 'require("mp3-cutter").cut({ src: process.argv[1], target: "cut.mp3", start: 10, end: 20 })' $name.mp3
    echo "mp3-cutter, 10 s of $name.mp3: $(seconds cut.mp3)"
  done
  for name in constant variable no-xing; do
    usr/bin/mp3splt -Q -d parts -o part $name.mp3 0.20 0.50 >/dev/null
    echo "mp3splt, 30 s of $name.mp3: $(seconds parts/part.mp3)"
  done
  for format in ogg opus; do
    usr/bin/oggz-chop -s 20 -e 50 -o cut.$format whole.$format
    echo "oggz-chop, 30 s of whole.$format: $(seconds cut.$format)"
  done
} | tee seen
diff seen - <<'END_OF_SEEN'
mp3-cutter, 10 s of constant.mp3: 10.0 s
mp3-cutter, 10 s of variable.mp3: 14.6 s
mp3splt, 30 s of constant.mp3: 30.0 s
mp3splt, 30 s of variable.mp3: 30.0 s
mp3splt, 30 s of no-xing.mp3: 20.6 s
oggz-chop, 30 s of whole.ogg: 30.6 s
oggz-chop, 30 s of whole.opus: 1.0 s
END_OF_SEEN
echo 'cut elsewhere'
