import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkedFolder, NO_FFMPEG } from '../support/checked-folder.ts';
import { withEdits } from '../support/mp4.ts';
import { preparedFolder, samplesOf } from '../support/prepared-folder.ts';
import { recordings } from '../support/recordings.ts';

const { ffmpeg, speech } = recordings();
const whole = () => ffmpeg('whole.m4a', ['-c:a', 'aac', '-bitexact'], speech(20));

describe('check of a trimmed M4A', () => {
  const { checked } = checkedFolder();

  it.each<[what: string, edits: [number, number][], hidden: number]>([
    ['the start is hidden', [[5, 20]], 5],
    ['the end is hidden', [[0, 12]], 8],
    [
      'the middle is hidden',
      [
        [0, 4],
        [10, 20],
      ],
      6,
    ],
    ['both ends are hidden', [[6.5, 9]], 17.5],
  ])('warns if %s, with the length that is heard', async (_, edits, hidden) => {
    const seconds = edits.reduce((sum, [from, to]) => sum + to - from, 0);
    for (const path of [undefined, NO_FFMPEG]) {
      const { samples, problems } = await checked({ 'memo.m4a': withEdits(whole(), edits) }, {}, path);
      expect(Number(samples[0]?.media?.['seconds'])).toBeCloseTo(seconds, 0);
      expect(problems).toMatchObject([
        {
          code: 'TRIMMED',
          message: expect.stringMatching(/^still contains [\d.]+ seconds that were cut away: /) as string,
          suggestion: 'save what is to be heard as a new file',
        },
      ]);
      expect(Number(/[\d.]+/.exec(problems[0]?.message ?? '')?.[0])).toBeCloseTo(hidden, 0);
    }
  });

  it.each<[what: string, options: string[]]>([
    ['AAC', ['-c:a', 'aac']],
    ['AAC at 8 kHz', ['-c:a', 'aac', '-ar', '8000']],
    ['ALAC', ['-c:a', 'alac']],
    ['Opus', ['-c:a', 'libopus', '-f', 'mp4']],
    ['an index that comes first', ['-c:a', 'aac', '-movflags', '+faststart']],
    ['fragments', ['-c:a', 'aac', '-movflags', '+frag_keyframe+empty_moov']],
  ])('does not take what encoders hide for trimmed: %s', async (_, options) => {
    for (const path of [undefined, NO_FFMPEG]) {
      const { problems } = await checked({ 'one.m4a': ffmpeg('untouched.m4a', options) }, {}, path);
      expect(problems.filter(({ code }) => code !== 'TELEPHONE')).toEqual([]);
    }
  });
});

describe('prepare of a trimmed M4A', () => {
  const { here, folder, prepared } = preparedFolder();

  it('saves what is heard, and nothing else', async () => {
    folder('memo', { 'memo.m4a': withEdits(whole(), [[5, 12]]) });
    const { samples, result } = await prepared('memo');
    expect(samples).toMatchObject([{ name: 'memo.wav', from: [{ name: 'memo.m4a', mends: ['TRIMMED'] }] }]);
    expect(result.problems).toEqual([]);
    const kept = samplesOf(join(here(), 'memo-prepared/memo.wav'));
    const source = samplesOf(speech(20)).subarray(5 * 22_050);
    expect(kept.length / 22_050).toBeCloseTo(7, 1);
    let [both, first, second] = [0, 0, 0];
    // The encoder's priming is counted in the edit list's times.
    const shift = 1024;
    for (let at = 2 * shift; at < 6 * 22_050; at++) {
      const [x, y] = [kept[at] ?? 0, source[at - shift] ?? 0];
      both += x * y;
      first += x * x;
      second += y * y;
    }
    expect(both / Math.sqrt(first * second)).toBeGreaterThan(0.95);
  });
});
