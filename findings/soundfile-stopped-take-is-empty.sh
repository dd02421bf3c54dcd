#!/usr/bin/env bash
# Python's soundfile writes the length of a WAV when it is closed: a recorder that `kill`, systemd or Docker stops, which Python does not turn into an exception, leaves all of the sound behind a header that declares none.
# SoX then makes an empty file of it, with exit code 0, Python's wave and flac refuse it. soundfile itself, ffmpeg, LAME, oggenc and opusenc read all.
# version: python3-soundfile 0.12.1, libsndfile1 1.2.0, sox 14.4.2, lame 3.100, flac 1.4.2, vorbis-tools 1.4.2, opus-tools 0.2, Python 3.11.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/wav-header.ts goes by the size of the file, check warns, and prepare saves it with its length
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'python3-soundfile=0.12.1-*' 'libsndfile1=1.2.0-*' python3-cffi-backend python3-cffi python3-pycparser python3-numpy libblas3 liblapack3 libgfortran5 libquadmath0 \
  'sox=14.4.2*' 'libsox3=14.4.2*' 'lame=3.100-*' 'libmp3lame0=3.100-*' 'flac=1.4.2+*' 'libflac12=1.4.2+*' 'vorbis-tools=1.4.2-*' 'opus-tools=0.2-*' \
  libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 libmpg123-0 libvorbis0a libvorbisenc2 libvorbisfile3 libogg0 libopus0 libopusenc0 libopusfile0 libao4 libspeex1 libkate1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu/blas:$dir/usr/lib/x86_64-linux-gnu/lapack PYTHONPATH=$dir/usr/lib/python3/dist-packages

cat > record.py <<'END'
import math, struct, sys, time
import soundfile
with soundfile.SoundFile(sys.argv[1], 'w', 16000, 1, 'PCM_16') as take:
    for second in range(5):
        take.buffer_write(b''.join(struct.pack('<h', int(8000 * math.sin(index / 8))) for index in range(16000)), dtype='int16')
    if 'stopped' in sys.argv[1]:
        print('recorded', flush=True)
        time.sleep(60)
END
/usr/bin/python3 record.py closed.wav
/usr/bin/python3 record.py stopped.wav >state &
recorder=$!
until grep -q recorded state; do sleep 0.1; done
kill $recorder
wait $recorder || true

seconds() { if [ -s "$1" ]; then ffmpeg -v error -i "$1" -ac 1 -ar 8000 -f s16le - 2>/dev/null | wc -c | awk '{ printf "%.0f seconds", $1 / 16000 }' || true; else printf 'no file'; fi; }
for take in closed stopped; do
  rm -f out.*
  echo "$take.wav: $(wc -c <$take.wav) bytes, ffmpeg $(seconds $take.wav)"
  echo "  soundfile: $(/usr/bin/python3 -c 'import sys, soundfile; print(len(soundfile.read(sys.argv[1])[0]) // 16000)' $take.wav) seconds"
  echo "  wave: $(/usr/bin/python3 -c 'import sys, wave; print(wave.open(sys.argv[1]).getnframes() // 16000, "seconds")' $take.wav 2>said || tail -1 said)"
  usr/bin/sox -V1 $take.wav out.wav && code=0 || code=$?
  echo "  SoX: $(usr/bin/soxi -D out.wav | cut -d. -f1) seconds, exit code $code"
  usr/bin/lame --quiet $take.wav out.mp3 && code=0 || code=$?
  echo "  LAME: $(seconds out.mp3), exit code $code"
  usr/bin/flac -s $take.wav -o out.flac 2>said && code=0 || code=$?
  echo "  flac: $(seconds out.flac), exit code $code"
  usr/bin/oggenc -Q $take.wav -o out.ogg && code=0 || code=$?
  echo "  oggenc: $(seconds out.ogg), exit code $code"
  usr/bin/opusenc --quiet $take.wav out.opus && code=0 || code=$?
  echo "  opusenc: $(seconds out.opus), exit code $code"
done | tee seen
diff seen - <<'END'
closed.wav: 160044 bytes, ffmpeg 5 seconds
  soundfile: 5 seconds
  wave: 5 seconds
  SoX: 5 seconds, exit code 0
  LAME: 5 seconds, exit code 0
  flac: 5 seconds, exit code 0
  oggenc: 5 seconds, exit code 0
  opusenc: 5 seconds, exit code 0
stopped.wav: 160044 bytes, ffmpeg 5 seconds
  soundfile: 5 seconds
  wave: wave.Error: fmt chunk and/or data chunk missing
  SoX: 0 seconds, exit code 0
  LAME: 5 seconds, exit code 0
  flac: no file, exit code 1
  oggenc: 5 seconds, exit code 0
  opusenc: 5 seconds, exit code 0
END
echo 'five seconds, of which SoX finds none'
