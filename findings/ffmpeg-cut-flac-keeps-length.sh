#!/usr/bin/env bash
# A FLAC that ffmpeg cuts without encoding it again (`-c copy`, as `-f segment` does) keeps the length and checksum of the whole: five seconds last a minute for ffmpeg itself, soxi and
# music-metadata, and `flac -t` calls the file faulty. What is in it is right. ffmpeg's exit code is 0, and an MP3 that is cut so has its own length.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same; flac 1.4.2, sox 14.4.2 (Debian 12), music-metadata 12.1.0
# our code: cli/audio/recording.ts takes the length of what was decoded
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0
apt-get download -qq 'flac=1.4.2+*' 'libflac12=1.4.2+*' libogg0 'sox=14.4.2+*' 'libsox3=14.4.2+*' 'libsox-fmt-base=14.4.2+*' libsndfile1 libwavpack1 libmad0 libid3tag0 libopus0 libvorbis0a \
  libvorbisenc2 libvorbisfile3 libmp3lame0 libmpg123-0 libtwolame0 libopencore-amrnb0 libopencore-amrwb0 libgsm1 libpng16-16 libmagic1 libgomp1 libltdl7 libsox-fmt-mp3 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

for format in flac mp3; do
  ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=60' -ac 1 whole.$format
  ffmpeg -v error -ss 10 -t 5 -i whole.$format -c copy cut.$format
  ffmpeg=$(ffmpeg -hide_banner -i cut.$format 2>&1 | sed -n 's/.*Duration: 00:\([0-9:]*\).*/\1/p' || true)
  told=$(node -e 'import("music-metadata").then(async ({ parseFile }) => console.log(Math.round((await parseFile(process.argv[1], { duration: true })).format.duration)))' cut.$format)
  sound=$(($(ffmpeg -v error -i cut.$format -f s16le - | wc -c) / 2 / 48000))
  soxi=$(SOX_MODULE_PATH=$dir/usr/lib/x86_64-linux-gnu/sox usr/bin/sox --i -D cut.$format)
  printf 'cut.%s with %d s of sound: ffmpeg %s, soxi %.0f s, music-metadata %d s\n' $format "$sound" "$ffmpeg" "$soxi" "$told"
done | tee seen
usr/bin/flac -s -t cut.flac 2>&1 | sed 's/^[^:]*: //' | tee -a seen || true
diff seen - <<'END_OF_SEEN'
cut.flac with 5 s of sound: ffmpeg 01:00, soxi 60 s, music-metadata 60 s
cut.mp3 with 5 s of sound: ffmpeg 00:05, soxi 5 s, music-metadata 5 s
ERROR, MD5 signature mismatch
END_OF_SEEN
echo 'a part of a FLAC has the length of the whole'
