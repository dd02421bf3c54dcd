#!/usr/bin/env bash
# pydub's `export('take.wav')` writes an MP3: the format is MP3 unless `format='wav'` says otherwise, whatever the name. Python's wave and SoX then refuse the file, ffmpeg and players do not care, and a recording that
# had no loss has one now.
# version: python3-pydub 0.24.1, Python 3.11.2, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: check says WRONG_EXTENSION, and `prepare` renames the file
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'python3-pydub=0.24.1-*' 'sox=14.4.2*' libsox3 libgsm1 libltdl7 libmagic1 libpng16-16 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=3' recorded.wav
cat > save.py <<'END'
from pydub import AudioSegment
sound = AudioSegment.from_file('recorded.wav')
sound.export('take.wav')
sound.export('named.wav', format='wav')
END
PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore save.py
reads() { "$@" >/dev/null 2>&1 && echo yes || echo no; }
for name in take.wav named.wav; do
  format=$({ ffmpeg -i $name 2>&1 || true; } | grep -oE 'Audio: \w+')
  python=$(reads /usr/bin/python3 -c "import wave; wave.open('$name')")
  sox=$(LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu reads usr/bin/sox $name -n stat)
  echo "$name: $format, read by Python's wave: $python, by sox: $sox"
done | tee seen
diff seen - <<'END'
take.wav: Audio: mp3, read by Python's wave: no, by sox: no
named.wav: Audio: pcm_s16le, read by Python's wave: yes, by sox: yes
END
echo 'what is named WAV is an MP3'
