#!/usr/bin/env bash
# MediaInfo tells wrong lengths of good files, without a doubt: of an uncompressed CAF 0.7 seconds, however long it is, of an AU that was written to a pipe twice as much, of a short WavPack
# 2 seconds for 6.5. ExifTool counts the buffering time of a WMA as sound, 3.1 seconds more. ffmpeg and SoX tell the right ones.
# version: mediainfo 23.04, exiftool 12.57, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/media.ts reads lengths itself or with music-metadata, and cli/audio/listen.ts counts what ffmpeg decodes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'mediainfo=23.04-*' 'libmediainfo0v5=23.04*' libzen0v5 libmms0 libtinyxml2-9 libcurl3-gnutls 'libimage-exiftool-perl=12.57+*' 'sox=14.4.2+*' 'libsox3=14.4.2+*' \
  'libsox-fmt-base=14.4.2+*' libwavpack1 libsndfile1 libflac12 libogg0 libopus0 libvorbis0a libvorbisenc2 libvorbisfile3 libopencore-amrnb0 libopencore-amrwb0 libid3tag0 libgsm1 libpng16-16 \
  libmagic1 libgomp1 libltdl7 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

for seconds in 6.5 20; do
  $ffmpeg -v error -y -f lavfi -i "anoisesrc=r=48000:d=$seconds:a=0.1:s=1" -f wav take.wav
  for name in take.wav take.caf take.wv take.wma; do [ $name = take.wav ] || $ffmpeg -v error -y -i take.wav $name; done
  $ffmpeg -v error -y -i take.wav -c:a pcm_s16be -f au - >take.au
  for name in take.wav take.caf take.wv take.au take.wma; do
    decoded=$($ffmpeg -v error -i $name -f s16le -ac 1 -ar 48000 - | wc -c)
    mediainfo=$(usr/bin/mediainfo --Inform='General;%Duration%' $name)
    exiftool=$(PERL5LIB=usr/share/perl5 usr/bin/exiftool -s3 -n -Duration $name 2>/dev/null || true)
    awk "BEGIN { printf \"$name of $seconds s: sound of %.1f s; MediaInfo %.1f s; ExifTool %s\n\", $decoded / 96000, ${mediainfo:-0} / 1000, \"$exiftool\" == \"\" ? \"no length\" : sprintf(\"%.1f s\", \"$exiftool\") }"
  done
done | tee seen
diff seen - <<'END'
take.wav of 6.5 s: sound of 6.5 s; MediaInfo 6.5 s; ExifTool 6.5 s
take.caf of 6.5 s: sound of 6.5 s; MediaInfo 0.7 s; ExifTool no length
take.wv of 6.5 s: sound of 6.5 s; MediaInfo 2.0 s; ExifTool no length
take.au of 6.5 s: sound of 6.5 s; MediaInfo 13.0 s; ExifTool no length
take.wma of 6.5 s: sound of 6.5 s; MediaInfo 6.5 s; ExifTool 9.6 s
take.wav of 20 s: sound of 20.0 s; MediaInfo 20.0 s; ExifTool 20.0 s
take.caf of 20 s: sound of 20.0 s; MediaInfo 0.7 s; ExifTool no length
take.wv of 20 s: sound of 20.0 s; MediaInfo 20.0 s; ExifTool no length
take.au of 20 s: sound of 20.0 s; MediaInfo 40.0 s; ExifTool no length
take.wma of 20 s: sound of 20.0 s; MediaInfo 20.0 s; ExifTool 23.1 s
END
