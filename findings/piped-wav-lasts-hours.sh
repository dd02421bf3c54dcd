#!/usr/bin/env bash
# soxi and Python's wave believe the length in the header of a WAV that ffmpeg or espeak-ng wrote to a pipe, which could not know it: 2 seconds last 13 or 27 hours for them, or for soxi no time at all, and
# a check of the total length refuses or accepts the wrong voices. What they read afterwards is right. ffmpeg and music-metadata go by the file's size.
# version: sox 14.4.2, Python 3.11.2, espeak-ng 1.51 (Debian 12), music-metadata 12.1.0, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/wav-header.ts goes by the size of the file if the header declares more
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0
apt-get download -qq 'espeak-ng=1.51+*' 'libespeak-ng1=1.51+*' 'espeak-ng-data=1.51+*' libpcaudio0 libsonic0 'sox=14.4.2+*' 'libsox3=14.4.2+*' libgsm1 libpng16-16 libmagic1 libgomp1 libltdl7 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

$ffmpeg -v error -f lavfi -i 'sine=300:r=22050:d=2' -f wav - >ffmpeg.wav
ESPEAK_DATA_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/espeak-ng --stdout 'This is what I sound like when I speak.' >espeak-ng.wav
cat > wave.mjs <<'END'
import { parseFile } from 'music-metadata';
const { format } = await parseFile(process.argv[2], { duration: true });
console.log(format.duration);
END
cat > see.py <<'END'
import sys, wave
with wave.open(sys.argv[1]) as file:
    print(file.getnframes() / file.getframerate(), len(file.readframes(file.getnframes())) / 2 / file.getframerate())
END
for by in ffmpeg espeak-ng; do
  name=$by.wav
  read -r declared read <<<"$(/usr/bin/python3 see.py $name)"
  printf '%s: soxi %.1f s, SoX reads %.1f s; Python %.1f s, reads %.1f s; music-metadata %.1f s\n' $name "$(usr/bin/sox --i -D $name)" \
    "$(usr/bin/sox $name -n stat 2>&1 | sed -n 's/Length (seconds): *//p')" "$declared" "$read" "$(node wave.mjs $name)"
done | tee seen
diff seen - <<'END'
ffmpeg.wav: soxi 97391.5 s, SoX reads 2.0 s; Python 97391.5 s, reads 2.0 s; music-metadata 2.0 s
espeak-ng.wav: soxi 0.0 s, SoX reads 2.1 s; Python 48695.7 s, reads 2.1 s; music-metadata 2.1 s
END
