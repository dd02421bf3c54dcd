import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkFolder } from '../../cli/check/check-folder.ts';
import { writeReport } from '../../cli/check/report/write-report.ts';
import { programs } from '../support/debian.ts';
import { recordings } from '../support/recordings.ts';

const { sox, at } = recordings();

let here: string;
let browser: Browser;
beforeAll(async () => {
  here = mkdtempSync(join(tmpdir(), 'callers-voice-'));
  writeFileSync(join(here, 'manifest.json'), '{ "name": "Amelia", "providerType": "ELEVENLABS" }');
  programs('chromium');
  const flags = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking';
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags.split(' ') });
});
afterAll(async () => {
  await browser?.close();
  rmSync(here, { recursive: true });
});

/** Opens a report on disk, and lists what it loads. */
async function opened(path: string, options: BrowserContextOptions = {}): Promise<[Page, string[]]> {
  const context = await browser.newContext({ viewport: { width: 900, height: 900 }, ...options });
  const page = await context.newPage();
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  return [page, loaded];
}

it('in Chromium, marks stand where the sound is, and a click on one plays from there', async () => {
  // Four seconds of speech, six of silence, four of speech.
  writeFileSync(join(here, 'pause.wav'), sox('pause.wav', [], ['pad', '6@4']));
  const report = await writeReport([await checkFolder(here, { isDrawn: true })], join(here, 'report.html'));
  const [page, loaded] = await opened(report);
  expect(loaded.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(report).href]);

  const frame = await page.locator('figure').boundingBox();
  const mark = await page.locator('.mark rect').boundingBox();
  const seconds = (x = NaN) => (14 * (x - (frame?.x ?? 0))) / (frame?.width ?? 0);
  expect([seconds(mark?.x), seconds((mark?.x ?? 0) + (mark?.width ?? 0))]).toEqual([
    expect.closeTo(4, 0),
    expect.closeTo(10, 0),
  ]);
  const isLoud = await page.evaluate(`[1, 3, 5, 7, 9, 11, 13].map((second) => {
    const wave = document.querySelector('.wave');
    const x = (second / 14) * wave.ownerSVGElement.viewBox.baseVal.width;
    return Array.from({ length: 40 }, (_, near) => new DOMPoint(x - 20 + near, 40)).some((at) => wave.isPointInFill(at));
  })`);
  expect(isLoud).toEqual([true, true, false, false, false, true, true]);

  await page.click('button[data-at]');
  await expect
    .poll(async () => seconds((await page.locator('.cursor').boundingBox())?.x ?? 0))
    .toBeGreaterThan(4.2);
  // In the browser's own decoder.
  const source = JSON.stringify(await page.getAttribute('audio', 'src'));
  const sounds = await (
    await browser.newPage()
  ).evaluate(`(async () => {
    const bytes = Uint8Array.from(atob(${source}.split(',')[1]), (char) => char.charCodeAt(0));
    const audio = await new OfflineAudioContext(1, 1, 22050).decodeAudioData(bytes.buffer);
    const part = (second) => audio.getChannelData(0).slice((second - 0.4) * 22050, (second + 0.4) * 22050);
    return [1, 3, 5, 7, 9, 11, 13].map((second) => part(second).some((value) => Math.abs(value) > 0.05));
  })()`);
  expect(sounds).toEqual(isLoud);
});

it('in Chromium, 200 samples are one page under 5 MB, light or dark, narrow or wide, and on paper', async () => {
  const noise = (kind: string) => {
    const args = ['-R', '-r', '22050', '-n', '-b', '16', at(`${kind}.wav`), 'synth', '15', kind, 'gain', '6'];
    execFileSync('sox', args, { stdio: 'ignore' });
    return at(`${kind}.wav`);
  };
  execFileSync('sox', ['-M', noise('whitenoise'), noise('pinknoise'), at('clipped.wav')]);
  const many = join(here, 'many');
  mkdirSync(many);
  copyFileSync(join(here, 'manifest.json'), join(many, 'manifest.json'));
  copyFileSync(at('clipped.wav'), join(many, 'take 0.wav'));
  const checked = await checkFolder(many, { isDrawn: true });
  const [sample, ...others] = checked.samples;
  expect([sample?.waveform?.channels.length, others]).toEqual([2, []]);
  // To analyze 200 would take a minute.
  const takes = Array.from({ length: 200 }, (_, take) => `take ${take}.wav`);
  const samples = takes.flatMap((name) => (sample ? [{ ...sample, name }] : []));
  const problems = takes.flatMap((file) => checked.problems.map((problem) => ({ ...problem, file })));
  const report = await writeReport([{ ...checked, samples, problems }], join(here, 'many.html'));
  expect(statSync(report).size).toBeLessThan(5_000_000);

  const ground = 'getComputedStyle(document.body).backgroundColor';
  const grounds: unknown[] = [];
  for (const [colorScheme, width] of [
    ['light', 1600],
    ['dark', 360],
  ] as const) {
    const [page, loaded] = await opened(report, { colorScheme, viewport: { width, height: 800 } });
    expect(await page.locator('figure svg').count()).toBe(200);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    // The copies do not fit, so the players play what is beside the page.
    await page.evaluate(`document.querySelector('audio').play()`);
    expect(loaded.every((url) => url.startsWith('file:'))).toBe(true);
    grounds.push(await page.evaluate(ground));
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('audio').first().isVisible()).toBe(false);
    grounds.push(await page.evaluate(ground));
  }
  const [white, black] = ['rgb(255, 255, 255)', 'rgb(13, 17, 23)'];
  expect(grounds).toEqual([white, white, black, white]);
});
