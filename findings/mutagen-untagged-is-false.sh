#!/usr/bin/env bash
# mutagen's `File(name)` of a recording without tags is false, because it counts as an empty dictionary: `if not File(name): refuse` lets pass what an encoder has tagged and refuses good
# recordings that come straight from a recorder. For what is no audio it raises an error.
# version: python3-mutagen 1.46.0 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: none: who checks recordings in Python before they are dropped has to compare with `None`
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'python3-mutagen=1.46.0-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
for format in wav mp3 flac; do
  $ffmpeg -v error -f lavfi -i 'sine=300:d=2' -fflags +bitexact -id3v2_version 0 untagged.$format
  $ffmpeg -v error -f lavfi -i 'sine=300:d=2' -metadata title='Take 1' tagged.$format
done
echo 'no sound' >text.wav

cat > see.py <<'END'
from mutagen import File
for name in ('untagged.wav', 'untagged.mp3', 'untagged.flac', 'tagged.mp3', 'tagged.flac', 'text.wav'):
    try:
        file = File(name)
        length = f'{file.info.length:.0f} s' if file is not None else 'None'
        print(f'{name}: {length}, {bool(file)}')
    except Exception as error:
        print(f'{name}: {type(error).__name__}')
END
PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 see.py | tee seen
diff seen - <<'END'
untagged.wav: 2 s, False
untagged.mp3: 2 s, False
untagged.flac: 2 s, False
tagged.mp3: 2 s, True
tagged.flac: 2 s, True
text.wav: InvalidChunk
END
