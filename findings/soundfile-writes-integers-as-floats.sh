#!/usr/bin/env bash
# Python's soundfile writes samples of 16 bits into a WAV of floats as they are, 90 dB too loud: `write('take.wav', samples, rate, subtype='FLOAT')` after `read(…, dtype='int16')` makes of each take a square wave
# for all that turns floats into integers, as players and encoders do. Into 24 bits it scales them.
# version: python3-soundfile 0.12.1, libsndfile1 1.2.0 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/listen.ts measures floats that are above full scale as they are
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'python3-soundfile=0.12.1-*' 'libsndfile1=1.2.0-*' python3-numpy python3-cffi python3-cffi-backend python3-pycparser python3-ply libflac12 libvorbis0a libvorbisenc2 libvorbisfile3 \
  libopus0 libogg0 libmpg123-0 libmp3lame0 libblas3 liblapack3 libgfortran5 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu/blas:$dir/usr/lib/x86_64-linux-gnu/lapack PYTHONPATH=$dir/usr/lib/python3/dist-packages

ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=2' -bitexact take.wav
/usr/bin/python3 - <<'END'
import math, soundfile
samples, rate = soundfile.read('take.wav', dtype='int16')
for subtype in ('PCM_24', 'FLOAT'):
    soundfile.write(f'{subtype}.wav', samples, rate, subtype=subtype)
    written, _ = soundfile.read(f'{subtype}.wav')
    print(f'{subtype}: peak {20 * math.log10(abs(written).max()):.0f} dB', file=open(f'{subtype}.peak', 'w'))
END
for name in PCM_24 FLOAT; do
  ffmpeg -v error -i $name.wav -c:a pcm_s16le -f s16le $name.raw
  cut=$(node -e 'const raw = fs.readFileSync(process.argv[1]); let cut = 0; for (let at = 0; at < raw.length; at += 2) if (Math.abs(raw.readInt16LE(at)) >= 32767) cut++; console.log(Math.round(cut / raw.length * 200))' $name.raw)
  echo "$(cat $name.peak), in 16 bits again $cut % of the samples at full scale"
done | tee seen
diff seen - <<'END'
PCM_24: peak -18 dB, in 16 bits again 0 % of the samples at full scale
FLOAT: peak 72 dB, in 16 bits again 99 % of the samples at full scale
END
echo 'integers became floats 90 dB too loud'
