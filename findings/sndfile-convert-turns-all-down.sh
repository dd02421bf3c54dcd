#!/usr/bin/env bash
# sndfile-convert turns a whole recording down if one sample of its floating-point source is above full scale: a click of +18 dB makes the speech
# around it 18 dB quieter, where ffmpeg and sox cut off the click.
# version: sndfile-programs 1.2.0, sox 14.4.2 (Debian 12)
# our code: cli/audio/listen.ts measures the level of what is sent, so check calls such a recording too quiet
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sndfile-programs=1.2.0-*' 'libsndfile1=1.2.0-*' libflac12 libmp3lame0 libmpg123-0 libogg0 libopus0 libvorbis0a libvorbisenc2 \
  'sox=14.4.2*' 'libsox3=14.4.2*' libpng16-16 libmagic1 libltdl7 libgsm1 libgomp1
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

python3 - <<'END'
import math, struct
rate = 22050
samples = [0.2 * math.sin(2 * math.pi * 220 * n / rate) for n in range(rate)]
samples[1000] = 8.0
body = struct.pack(f"<{rate}f", *samples)
head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16, 3, 1, rate, rate * 4, 4, 32, b"data", len(body))
open("click.wav", "wb").write(head + body)
END
level() {
  python3 - "$1" <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
start = data.index(b"data") + 8
samples = struct.unpack(f"<{(len(data) - start) // 2}h", data[start:])
print(f"{max(abs(sample) for sample in samples[2000:]) / 32768:.3f}")
END
}
usr/bin/sndfile-convert -pcm16 click.wav sndfile.wav
usr/bin/sox -V1 -D click.wav -b 16 -e signed-integer sox.wav
seen="sndfile-convert: $(level sndfile.wav), sox: $(level sox.wav)"
echo "peak of the tone of 0.200 beside the click: $seen"
[ "$seen" = 'sndfile-convert: 0.025, sox: 0.200' ]
echo "one click turns everything down"
