#!/usr/bin/env bash
# id3v2 writes its tag in front of any file, and says nothing: an M4A that was given a title can then be read by nothing, and a WAV no longer by SoX, Python's wave and
# music-metadata, though still by ffmpeg.
# version: id3v2 0.1.12 (Debian 12), ffmpeg 4.1.0 (npm's @ffmpeg-installer/linux-x64 4.1.0) and 7.1 (@remotion/compositor-linux-x64-gnu 4.0.529), sox 14.4.2, Python 3.11.2 (Debian 12),
# music-metadata 12.1.0
# our code: cli/audio/media.ts looks behind such a tag, and check warns of it
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 @remotion/compositor-linux-x64-gnu@4.0.529 music-metadata@12.1.0
apt-get download -qq 'id3v2=0.1.12+*' libid3-3.8.3v5 'sox=14.4.2+*' 'libsox3=14.4.2+*' libgsm1 libpng16-16 libmagic1 libgomp1 libltdl7 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
old=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
new=node_modules/@remotion/compositor-linux-x64-gnu/ffmpeg
chmod +x $old $new
with_libraries() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu "$@"; }
cat > length.mjs <<'END'
import { parseFile } from 'music-metadata';
const { format } = await parseFile(process.argv[2], { duration: true });
if (!format.duration) process.exit(1);
END
reads() { local name=$1; shift; if "$@" >/dev/null 2>&1; then echo -n " $name reads it,"; else echo -n " $name does not,"; fi; }

for type in wav m4a; do
  $old -v error -f lavfi -i 'sine=300:d=2' take.$type
  for tag in no a; do
    if [ $tag = a ]; then with_libraries usr/bin/id3v2 -t 'Take 1' take.$type; fi
    echo -n "$type with $tag tag:"
    reads 'ffmpeg 4.1' $old -v error -i take.$type -f wav -y out.wav
    reads 'ffmpeg 7.1' env LD_LIBRARY_PATH=$dir/node_modules/@remotion/compositor-linux-x64-gnu $new -v error -i take.$type -f wav -y out.wav
    if [ $type = wav ]; then
      reads SoX with_libraries usr/bin/sox take.wav -n
      reads "Python's wave" /usr/bin/python3 -c 'import wave; wave.open("take.wav")'
    fi
    reads music-metadata node length.mjs take.$type
    echo
  done
done | sed 's/,$//' | tee seen
diff seen - <<'END'
wav with no tag: ffmpeg 4.1 reads it, ffmpeg 7.1 reads it, SoX reads it, Python's wave reads it, music-metadata reads it
wav with a tag: ffmpeg 4.1 reads it, ffmpeg 7.1 reads it, SoX does not, Python's wave does not, music-metadata does not
m4a with no tag: ffmpeg 4.1 reads it, ffmpeg 7.1 reads it, music-metadata reads it
m4a with a tag: ffmpeg 4.1 does not, ffmpeg 7.1 does not, music-metadata does not
END
