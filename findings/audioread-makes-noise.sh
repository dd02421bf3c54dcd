#!/usr/bin/env bash
# audioread, with which librosa and fingerprinters read what soundfile does not, makes loud noise of good recordings: of a WAV in 8 bits, an AIFF in 24 and an AU in µ-law, each at its right length; of 8 bits in AIFF and AU
# something 23 dB too quiet. It reads these by itself, in a wrong byte order or without a sign. A WAV in 24 bits, floats or µ-law, which it leaves to ffmpeg, and all in 16 bits are right.
# version: python3-audioread 2.1.9, Python 3.11.2, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/listen.ts decodes with ffmpeg
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'python3-audioread=2.1.9-*' 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
sox() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/sox -R "$@"; }

sox -n -r 22050 -b 16 take.wav synth 5 sine 300 gain -20
sox take.wav 16.wav
sox take.wav -b 24 24.wav
sox take.wav -b 32 -e float float.wav
sox take.wav -e u-law u-law.wav
sox take.wav -D -b 8 8.wav
sox take.wav 16.aiff
sox take.wav -b 24 24.aiff
sox take.wav -D -b 8 8.aiff
sox take.wav 16.au
sox take.wav -e u-law u-law.au
sox take.wav -D -b 8 8.au
cat > read.py <<'END'
import array, math, sys, warnings
warnings.simplefilter('ignore')
import audioread
with audioread.audio_open(sys.argv[1]) as take:
    samples = array.array('h', b''.join(take))
level = 10 * math.log10(sum(sample * sample for sample in samples) / len(samples)) - 20 * math.log10(32768)
print(f'{len(samples) / 22050:.1f} seconds at {level:.0f} dB')
END
for take in {16,24,float,u-law,8}.wav {16,24,8}.aiff {16,u-law,8}.au; do
  ffmpeg -v error -y -i $take -f s16le ffmpeg.raw
  wanted=$(/usr/bin/python3 -c "
import array, math
samples = array.array('h', open('ffmpeg.raw', 'rb').read())
print(f'{10 * math.log10(sum(sample * sample for sample in samples) / len(samples)) - 20 * math.log10(32768):.0f} dB')")
  echo "$take: audioread $(PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 read.py $take), ffmpeg $wanted"
done | tee seen
diff seen - <<'END'
16.wav: audioread 5.0 seconds at -23 dB, ffmpeg -23 dB
24.wav: audioread 5.0 seconds at -23 dB, ffmpeg -23 dB
float.wav: audioread 5.0 seconds at -23 dB, ffmpeg -23 dB
u-law.wav: audioread 5.0 seconds at -23 dB, ffmpeg -23 dB
8.wav: audioread 5.0 seconds at -1 dB, ffmpeg -23 dB
16.aiff: audioread 5.0 seconds at -23 dB, ffmpeg -23 dB
24.aiff: audioread 5.0 seconds at -5 dB, ffmpeg -23 dB
8.aiff: audioread 5.0 seconds at -46 dB, ffmpeg -23 dB
16.au: audioread 5.0 seconds at -23 dB, ffmpeg -23 dB
u-law.au: audioread 5.0 seconds at -6 dB, ffmpeg -23 dB
8.au: audioread 5.0 seconds at -46 dB, ffmpeg -23 dB
END
echo 'noise of the right length'
