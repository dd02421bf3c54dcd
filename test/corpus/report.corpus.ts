import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkFolder } from '../../cli/check/check-folder.ts';
import { writeReport } from '../../cli/check/report/write-report.ts';
import { programs } from '../support/debian.ts';
import { installed } from '../support/installed.ts';
import { recordings } from '../support/recordings.ts';

const { speech, sox, at } = recordings();

let here: string;
let browser: Browser;
beforeAll(async () => {
  here = mkdtempSync(join(tmpdir(), 'callers-voice-'));
  programs('chromium');
  const modules = createRequire(
    join(installed('playwright-1.64.1', ['playwright-core@1.64.1']), 'package.json'),
  );
  const { chromium } = modules('playwright-core') as typeof import('playwright-core');
  const flags =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync';
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags.split(' ') });
});
afterAll(async () => {
  await browser?.close();
  rmSync(here, { recursive: true });
});

/** Opens a report on disk, without a network. */
async function opened(path: string, options: object = {}): Promise<{ page: Page; requests: string[] }> {
  const context = await browser.newContext({
    offline: true,
    viewport: { width: 900, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  return { page, requests: requests.filter((url) => !url.startsWith('data:')) };
}

function folder(name: string): string {
  mkdirSync(join(here, name));
  writeFileSync(join(here, name, 'manifest.json'), '{ "name": "Amelia", "providerType": "ELEVENLABS" }');
  return join(here, name);
}

async function reported(path: string): Promise<string> {
  return writeReport([await checkFolder(path, true)], `${path}.html`);
}

it('in Chromium, marks stand where the sound is, and a click on one plays from there', async () => {
  const path = folder('marks');
  writeFileSync(join(path, 'pause.wav'), sox('pause.wav', [], ['pad', '6@4']));
  const { page, requests } = await opened(await reported(path));
  expect(requests).toEqual([]);

  const seen = await page.evaluate(() => {
    const [rectangle, wave] = ['.mark rect', 'path.wave'].map((each) => document.querySelector(each)!);
    const box = rectangle!.getBoundingClientRect();
    const frame = document.querySelector('figure')!.getBoundingClientRect();
    /** Whether the waveform has a part at this time that is a tenth of its lane above the middle. */
    const isLoud = (seconds: number) => {
      const path = wave as SVGPathElement;
      const { width } = path.ownerSVGElement!.viewBox.baseVal;
      const at = (seconds / 14) * width;
      return [-4, -3, -2, -1, 0, 1, 2, 3, 4].some((off) => path.isPointInFill(new DOMPoint(at + off, 40)));
    };
    return {
      from: ((box.left - frame.left) / frame.width) * 14,
      to: ((box.right - frame.left) / frame.width) * 14,
      loud: [1, 3, 5, 7, 9, 11, 13].map(isLoud),
    };
  });
  expect(seen).toEqual({
    from: expect.closeTo(4, 0),
    to: expect.closeTo(10, 0),
    loud: [true, true, false, false, false, true, true],
  });

  await page.click('button[data-at]');
  await page.waitForFunction(() => document.querySelector('audio')!.currentTime > 4);
  expect(await page.evaluate(() => document.querySelector('audio')!.duration)).toBeCloseTo(14, 0);
  expect(await page.isVisible('.cursor')).toBe(true);
  const source = await page.getAttribute('audio', 'src');
  expect(await loudness(source ?? '')).toEqual([true, true, false, false, false, true, true]);
});

/** Whether what a player holds sounds in these seconds, in the browser's own decoder. */
async function loudness(source: string): Promise<boolean[]> {
  const page = await browser.newPage();
  return page.evaluate(async (url) => {
    const bytes = Uint8Array.from(atob(url.split(',')[1]!), (char) => char.charCodeAt(0));
    const audio = await new OfflineAudioContext(1, 1, 22_050).decodeAudioData(bytes.buffer);
    const samples = audio.getChannelData(0);
    return [1, 3, 5, 7, 9, 11, 13].map((second) => {
      const part = samples.slice((second - 0.3) * 22_050, (second + 0.3) * 22_050);
      return part.some((value) => Math.abs(value) > 0.05);
    });
  }, source);
}

it('in Chromium, 200 samples are one page under 5 MB, light or dark, narrow or wide, and on paper', async () => {
  const path = folder('many');
  execFileSync('sox', ['-M', sound('whitenoise'), sound('pinknoise'), at('noise.wav')]);
  const noise = readFileSync(at('noise.wav'));
  for (let each = 0; each < 200; each++) {
    const other = Buffer.from(noise);
    other.writeInt16LE(each, 1000);
    writeFileSync(join(path, `take ${each}.wav`), other);
  }
  const report = await reported(path);
  expect(statSync(report).size).toBeLessThan(5_000_000);
  const grounds = [];
  for (const [colorScheme, width] of [
    ['light', 1600],
    ['dark', 360],
  ] as const) {
    const { page, requests } = await opened(report, { colorScheme, viewport: { width, height: 800 } });
    expect(requests.every((url) => url.startsWith('file:'))).toBe(true);
    expect(await page.locator('figure svg').count()).toBe(200);
    const layout = await page.evaluate(() => [
      document.documentElement.scrollWidth - document.documentElement.clientWidth,
      getComputedStyle(document.body).backgroundColor,
    ]);
    expect(layout[0]).toBe(0);
    grounds.push(layout[1]);
    // Players play what is beside the page.
    const [first] = await page.locator('audio').all();
    await first?.evaluate((audio: HTMLAudioElement) => audio.play());
    await page.emulateMedia({ media: 'print' });
    expect(await page.isVisible('audio')).toBe(false);
    grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  expect(grounds).toEqual([
    'rgb(255, 255, 255)',
    'rgb(255, 255, 255)',
    'rgb(13, 17, 23)',
    'rgb(255, 255, 255)',
  ]);
});

function sound(kind: string): string {
  execFileSync('sox', [
    '-R',
    '-r',
    '22050',
    '-n',
    '-b',
    '16',
    at(`${kind}.wav`),
    'synth',
    '5',
    kind,
    'gain',
    '-20',
  ]);
  return at(`${kind}.wav`);
}
