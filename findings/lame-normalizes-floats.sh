#!/usr/bin/env bash
# lame and twolame turn a recording in floats up to full scale, each by itself: a take whose peaks are at -40 dB becomes as loud as its neighbor at -6 dB, with its noise.
# The same sound in integers keeps its level, and oggenc keeps that of floats too.
# version: lame 3.100, twolame 0.4.0, libsndfile 1.2.0, vorbis-tools 1.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts encodes with ffmpeg, which keeps levels; cli/audio/loudness.ts measures the take that is sent
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'lame=3.100-*' 'libmp3lame0=3.100-*' 'twolame=0.4.0-*' 'libtwolame0=0.4.0-*' 'libsndfile1=1.2.0-*' libflac12 libogg0 libopus0 libvorbis0a \
  libvorbisenc2 libvorbisfile3 libmpg123-0 'vorbis-tools=1.4.2-*' libao4 libcurl3-gnutls libkate1 libspeex1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
with_libraries() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu "$@" >/dev/null 2>&1; }
peak() { printf '%.0f dB' "$($ffmpeg -hide_banner -i "$1" -af astats -f null - 2>&1 | sed -n 's/.*Peak level dB: //p' | tail -1)"; }

for level in 0.01 0.5; do
  for samples in s16 f32; do
    $ffmpeg -v error -y -f lavfi -i "aevalsrc=$level*sin(600*PI*t):s=48000:d=3" -c:a pcm_${samples}le take.wav
    with_libraries usr/bin/lame --quiet take.wav lame.mp3
    with_libraries usr/bin/twolame take.wav twolame.mp2
    with_libraries usr/bin/oggenc --quiet -o oggenc.ogg take.wav
    echo "$samples at $(peak take.wav): lame $(peak lame.mp3), twolame $(peak twolame.mp2), oggenc $(peak oggenc.ogg)"
  done
done | tee seen
diff seen - <<'END'
s16 at -40 dB: lame -40 dB, twolame -40 dB, oggenc -40 dB
f32 at -40 dB: lame -0 dB, twolame 0 dB, oggenc -40 dB
s16 at -6 dB: lame -6 dB, twolame -6 dB, oggenc -6 dB
f32 at -6 dB: lame -0 dB, twolame 0 dB, oggenc -6 dB
END
