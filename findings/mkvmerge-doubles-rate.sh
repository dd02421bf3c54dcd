#!/usr/bin/env bash
# mkvmerge takes AAC at 22,050 Hz for HE-AAC of twice the rate, and writes that into its file: of a mono recording in ADTS ffmpeg then makes 44,100 Hz in stereo, and of one in M4A music-metadata tells twice
# the rate. In the files that ffmpeg muxes, both have the right rate. A telephone's note looks like a studio's.
# version: mkvtoolnix 74.0.0 (Debian 12), music-metadata 12.1.0, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: none: check tells the rate that ffmpeg decodes, which is then that of the wrong header
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0
apt-get download -qq 'mkvtoolnix=74.0.*' libebml5 libmatroska7 libpugixml1v5 libfmt9 libqt5core5a libdvdread8 libpcre2-16-0 libicu72 \
  libdouble-conversion3 libglib2.0-0 libboost-filesystem1.74.0 libflac12 libogg0 libvorbis0a libgmp10 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

for rate in 22050 44100; do
  for format in aac m4a; do
    ffmpeg -v error -f lavfi -i "sine=f=300:r=$rate:d=10" -ac 1 -c:a aac $rate.$format
    LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/mkvmerge -q -o mkvmerge.mka $rate.$format
    ffmpeg -v error -y -i $rate.$format -c copy ffmpeg.mka
    for muxer in mkvmerge ffmpeg; do
      decoded=$(ffmpeg -hide_banner -i $muxer.mka 2>&1 | sed -n 's/.*Audio: aac (LC), \([^,]*, [^,]*\).*/\1/p' || true)
      told=$(node -e 'import("music-metadata").then(async ({ parseFile }) => console.log((await parseFile(process.argv[1])).format.sampleRate))' $muxer.mka)
      echo "$rate.$format by $muxer: ffmpeg $decoded; music-metadata $told Hz"
    done
  done
done | tee seen
diff seen - <<'END_OF_SEEN'
22050.aac by mkvmerge: ffmpeg 44100 Hz, stereo; music-metadata 44100 Hz
22050.aac by ffmpeg: ffmpeg 22050 Hz, mono; music-metadata 22050 Hz
22050.m4a by mkvmerge: ffmpeg 22050 Hz, mono; music-metadata 44100 Hz
22050.m4a by ffmpeg: ffmpeg 22050 Hz, mono; music-metadata 22050 Hz
44100.aac by mkvmerge: ffmpeg 44100 Hz, mono; music-metadata 44100 Hz
44100.aac by ffmpeg: ffmpeg 44100 Hz, mono; music-metadata 44100 Hz
44100.m4a by mkvmerge: ffmpeg 44100 Hz, mono; music-metadata 44100 Hz
44100.m4a by ffmpeg: ffmpeg 44100 Hz, mono; music-metadata 44100 Hz
END_OF_SEEN
echo 'twice the rate'
