#!/usr/bin/env bash
# normalize-audio makes a WAV louder, but of an MP3 it changes no sample: it says "Applying adjustment", and writes the gain into an ID3 tag that neither ffmpeg nor mpg123
# applies. A quiet recording that was normalized is as quiet as before for whoever makes a voice of it.
# version: normalize-audio 0.7.7, lame 3.100, mpg123 1.31.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: none: cli/audio/loudness.ts measures the sound itself, so check still says that it is too quiet
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'normalize-audio=0.7.7-*' libaudiofile1 libmad0 'lame=3.100-*' libmp3lame0 'mpg123=1.31.2-*' libmpg123-0 libout123-0 libsyn123-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

$ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=5' -af volume=-15dB -bitexact take.wav
usr/bin/lame --quiet -b 64 take.wav take.mp3
for take in wav mp3; do
  cp take.$take normalized.$take
  usr/bin/normalize-audio --amplitude=-9dBFS normalized.$take 2>&1 | grep -ao 'Applying adjustment'
done
# The highest sample of a file, from its bytes.
peak() { od -An -v -td2 -w2 -j 44 "$1" | awk '{ v = $1 < 0 ? -$1 : $1; if (v > p) p = v } END { printf "%.0f dB\n", 20 * log(p / 32768) / log(10) }'; }
$ffmpeg -v error -i take.mp3 -bitexact before.wav
$ffmpeg -v error -i normalized.mp3 -bitexact ffmpeg.wav
usr/bin/mpg123.bin -q -w mpg123.wav normalized.mp3
{
  echo "WAV: peaks of $(peak take.wav) became $(peak normalized.wav)"
  echo "MP3: peaks of $(peak before.wav) became $(peak ffmpeg.wav) in ffmpeg, $(peak mpg123.wav) in mpg123"
} | tee seen
diff seen - <<'END'
WAV: peaks of -33 dB became -6 dB
MP3: peaks of -33 dB became -33 dB in ffmpeg, -33 dB in mpg123
END
echo 'normalize-audio changed the WAV and only a tag of the MP3'
