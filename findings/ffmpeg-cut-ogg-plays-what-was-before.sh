#!/usr/bin/env bash
# What ffmpeg cuts out of an Ogg without encoding it (`-ss 4 -i take.ogg -t 2 -c copy`) also plays up to a second of what comes before, such as another speaker's last words, though the length that ffmpeg and music-metadata tell is
# the one that was asked for. Of Vorbis oggdec plays them too, of Opus only ffmpeg does, and opusdec does not. Cut out of an M4A or MP3, nothing from before is heard.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same; music-metadata 12.1.0, vorbis-tools 1.4.2, opus-tools 0.2 (Debian 12)
# our code: cli/audio/listen.ts counts what is decoded, so that check shows the length that is heard; cli/audio/edit.ts cuts what was decoded
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'opus-tools=0.2-*' libopusfile0 libopusenc0 libopus0 libogg0 libflac12 'vorbis-tools=1.4.2-*' libvorbis0a libvorbisenc2 libvorbisfile3 libao4 libao-common libcurl3-gnutls libspeex1 libkate1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

# How long, and how much of it is loud, in tenths of a second.
of() { ffmpeg -v error -i "$1" -f s16le -ar 48000 - | node -e '
  const samples = new Int16Array(new Uint8Array(fs.readFileSync(0)).buffer);
  const loudUntil = samples.findLastIndex((sample) => Math.abs(sample) > 3000) + 1;
  console.log(`${(samples.length / 48000).toFixed(1)} s (${(loudUntil / 48000).toFixed(1)} s loud)`)'; }
cat > length.mjs <<'JS'
import { parseFile } from 'music-metadata';
console.log((await parseFile(process.argv[2], { duration: true })).format.duration.toFixed(1));
JS
for what in 'ogg libvorbis' 'opus libopus' 'm4a aac' 'mp3 libmp3lame'; do
  read -r ending codec <<<"$what"
  for start in 4 4.5; do
    # Loud until a tenth of a second before the cut, then faint.
    ffmpeg -v error -y -f lavfi -i "aevalsrc=sin(2*PI*300*t)*if(lt(t\,$start-0.1)\,0.5\,0.02):s=48000:d=10" -c:a $codec take.$ending
    ffmpeg -v error -y -ss $start -i take.$ending -t 2 -c copy cut.$ending
    case $ending in
      ogg) usr/bin/oggdec -Q -o cut.wav cut.ogg && other=", oggdec $(of cut.wav)" ;;
      opus) usr/bin/opusdec --quiet cut.opus cut.wav 2>/dev/null && other=", opusdec $(of cut.wav)" ;;
      *) other= ;;
    esac
    echo "$ending from $start: said to last $(ffmpeg -hide_banner -i cut.$ending 2>&1 | sed -n 's/.*Duration: 00:00:0\(...\).*/\1/p') s, music-metadata $(node length.mjs cut.$ending) s; ffmpeg $(of cut.$ending)$other"
  done
done | tee seen
diff seen - <<'SEEN'
ogg from 4: said to last 2.0 s, music-metadata 2.0 s; ffmpeg 3.0 s (0.9 s loud), oggdec 2.9 s (0.9 s loud)
ogg from 4.5: said to last 2.0 s, music-metadata 2.0 s; ffmpeg 2.5 s (0.4 s loud), oggdec 2.4 s (0.4 s loud)
opus from 4: said to last 2.0 s, music-metadata 2.0 s; ffmpeg 2.0 s (0.0 s loud), opusdec 2.0 s (0.0 s loud)
opus from 4.5: said to last 2.0 s, music-metadata 2.0 s; ffmpeg 2.5 s (0.4 s loud), opusdec 2.0 s (0.0 s loud)
m4a from 4: said to last 2.0 s, music-metadata 2.0 s; ffmpeg 2.0 s (0.0 s loud)
m4a from 4.5: said to last 2.0 s, music-metadata 2.0 s; ffmpeg 2.0 s (0.0 s loud)
mp3 from 4: said to last 2.0 s, music-metadata 2.0 s; ffmpeg 2.0 s (0.0 s loud)
mp3 from 4.5: said to last 2.0 s, music-metadata 2.0 s; ffmpeg 2.0 s (0.0 s loud)
SEEN
echo 'almost a second of what was not cut out is heard'
