#!/usr/bin/env bash
# pydub's `append` lays the last tenth of a second of one recording over the first of the next, unless `crossfade=0` is given: of ten takes nine tenths of a second are lost, the ends of words are faded out and the
# beginnings of the next ones in. `+` joins them as they are.
# version: python3-pydub 0.24.1 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts joins takes with ffmpeg's concat filter, which overlaps nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'python3-pydub=0.24.1-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=2' -bitexact take.wav
PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -W ignore - <<'END' | tee seen
from functools import reduce
from pydub import AudioSegment

takes = [AudioSegment.from_wav('take.wav')] * 10
for name, join in {
    'append': lambda joined, take: joined.append(take),
    'append, crossfade=0': lambda joined, take: joined.append(take, crossfade=0),
    '+': lambda joined, take: joined + take,
}.items():
    print(f'ten takes of 2 s, {name}: {len(reduce(join, takes)) / 1000} s')
END
diff seen - <<'END'
ten takes of 2 s, append: 19.1 s
ten takes of 2 s, append, crossfade=0: 20.0 s
ten takes of 2 s, +: 20.0 s
END
echo 'nine tenths of a second are gone'
