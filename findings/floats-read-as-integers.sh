#!/usr/bin/env bash
# SoundTouch's soundstretch takes the samples of a WAV in 32-bit floats for integers and writes loud noise, and so do npm's wavefile, which then converts them to 16 bits, and pydub if it gets the name of
# such a file as ffmpeg writes it; of the same file as an open file object, which it hands to ffmpeg, pydub makes the right sound. None says so.
# version: soundstretch 2.3.2, python3-pydub 0.24.1 (Debian 12), wavefile 11.0.0, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: shared/wav-format.ts reads the format of the samples, also where an extension names it; cli/audio/edit.ts (save) writes 16-bit integers
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 wavefile@11.0.0
apt-get download -qq 'soundstretch=2.3.2+*' 'libsoundtouch1=2.3.2+*' libgomp1 'python3-pydub=0.24.1-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
level() { printf '%.0f dB' "$(ffmpeg -hide_banner -i "$1" -af astats -f null - 2>&1 | sed -n 's/.*RMS level dB: //p' | tail -1)"; }

cat > see.py <<'END'
import sys
from pydub import AudioSegment
name, out = sys.argv[1:]
audio = AudioSegment.from_file(name if out == 'name.wav' else open(name, 'rb'))
audio.export(out, 'wav')
END
cat > see.mjs <<'END'
import { readFileSync, writeFileSync } from 'node:fs';
import wavefile from 'wavefile';

const wav = new wavefile.WaveFile(readFileSync(process.argv[2]));
wav.toBitDepth('16');
writeFileSync('wavefile.wav', wav.toBuffer());
END
for samples in s16 f32; do
  # A tone that is quiet for three seconds of four, as speech with pauses is.
  ffmpeg -v error -f lavfi -i "aevalsrc=0.1*sin(600*PI*t)*lt(t\,1):s=48000:d=4" -c:a pcm_${samples}le $samples.wav
  LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/soundstretch $samples.wav stretched.wav -tempo=0 >/dev/null 2>&1
  for way in name object; do PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -W ignore see.py $samples.wav $way.wav; done
  node see.mjs $samples.wav
  echo "$samples of $(level $samples.wav): soundstretch $(level stretched.wav), pydub by name $(level name.wav), by file object $(level object.wav), wavefile $(level wavefile.wav)"
done | tee seen
diff seen - <<'END'
s16 of -29 dB: soundstretch -29 dB, pydub by name -29 dB, by file object -29 dB, wavefile -29 dB
f32 of -29 dB: soundstretch -4 dB, pydub by name -4 dB, by file object -29 dB, wavefile -4 dB
END
