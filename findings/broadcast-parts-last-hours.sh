#!/usr/bin/env bash
# What is cut out of a long recording or a broadcast in Opus or Vorbis keeps its place in it, which RFC 7845 allows: ten seconds from the second hour last an hour for music-metadata, mutagen, mediainfo
# and, in Opus, for ffmpeg, which then decodes ten seconds. opusinfo tells the right length.
# version: music-metadata 12.1.0, python3-mutagen 1.46.0, opus-tools 0.2, mediainfo 23.04 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/audio/ogg-length.ts (samplesOf) counts from the first page
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0
apt-get download -qq 'python3-mutagen=1.46.0-*' 'opus-tools=0.2-*' libopusenc0 libopusfile0 libopus0 libogg0 libflac12 'mediainfo=23.04-*' 'libmediainfo0v5=23.04*' libzen0v5 libmms0 libtinyxml2-9 \
  libcurl3-gnutls 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

for format in opus ogg; do
  codec=$([ $format = opus ] && echo libopus || echo libvorbis)
  ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=10' -c:a $codec whole.$format
  ffmpeg -v error -i whole.$format -c copy -output_ts_offset 3600 part.$format
  sound=$(($(ffmpeg -v error -i part.$format -f s16le - | wc -c) / 2 / 48000))
  told=$(node -e 'import("music-metadata").then(async ({ parseFile }) => console.log(Math.round((await parseFile(process.argv[1], { duration: true })).format.duration)))' part.$format)
  mutagen=$(PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -c 'import mutagen, sys; print(round(mutagen.File(sys.argv[1]).info.length))' part.$format)
  ffmpeg=$(ffmpeg -hide_banner -i part.$format 2>&1 | sed -n 's/.*Duration: \([0-9:]*\).*/\1/p' || true)
  mediainfo=$(($(usr/bin/mediainfo '--Inform=General;%Duration%' part.$format) / 1000))
  printf 'part.%s with %d s of sound: music-metadata %d s, mutagen %d s, ffmpeg %s, mediainfo %d s\n' $format "$sound" "$told" "$mutagen" "$ffmpeg" "$mediainfo"
done | tee seen
echo "opusinfo: $(usr/bin/opusinfo part.opus | sed -n 's/.*Playback length: //p')" | tee -a seen
diff seen - <<'END_OF_SEEN'
part.opus with 10 s of sound: music-metadata 3610 s, mutagen 3610 s, ffmpeg 01:00:10, mediainfo 3610 s
part.ogg with 10 s of sound: music-metadata 3610 s, mutagen 3610 s, ffmpeg 00:00:10, mediainfo 3610 s
opusinfo: 0m:10.000s
END_OF_SEEN
echo 'a part lasts as long as what was before it'
