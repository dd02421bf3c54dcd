import { ffmpeg, inputOf } from './ffmpeg.ts';
import { type Place, place } from './place.ts';

/**
 * A recording's outline: for each channel the lowest and highest sample of each block, as in the data format of BBC's
 * audiowaveform.
 */
export interface Waveform {
  /** The length of a block in seconds. */
  step: number;
  channels: Block[][];
}

/** Sample values are from -1 to 1. */
export interface Block {
  min: number;
  max: number;
  /** The peaks are at the limit, several samples in a row. */
  isClipped: boolean;
}

/** Enough for a screen, and for marks that are exact to 50 ms in three minutes. */
const MAX_BLOCKS = 4000;
const MIN_STEP = 0.01;

/**
 * Measures a recording's waveform with ffmpeg's `astats`, which starts again after each block.
 *
 * @param seconds the decoded length
 * @returns undefined if this ffmpeg cannot decode or measure the recording
 */
export async function readWaveform(
  path: string,
  { seconds = 0, sampleRate = 0 }: { seconds?: number; sampleRate?: number },
): Promise<Waveform | undefined> {
  const samples = Math.ceil(Math.max(MIN_STEP, seconds / MAX_BLOCKS) * sampleRate);
  if (!(samples > 0)) return undefined;
  for (const measures of [FEW, ALL]) {
    const filters = [
      // Opus decodes to another rate than its headers say. 16 bits clip as in `listen`.
      `aresample=${sampleRate}`,
      'aformat=sample_fmts=s16',
      `asetnsamples=n=${samples}:p=0`,
      `astats=metadata=1:reset=1${measures}`,
      'ametadata=print:file=-',
    ];
    const output = ['-vn', '-sn', '-dn', '-af', filters.join(), '-f', 'null', '-'];
    const ran = await ffmpeg(['-v', 'error', ...inputOf(path), '-map', '0:a:0', ...output]);
    const channels = ran.kind === 'done' ? blocksIn(ran.stdout) : [];
    if (channels.length > 0) return { step: samples / sampleRate, channels };
  }
  return undefined;
}

const FEW = ':measure_overall=none:measure_perchannel=Min_level+Max_level+Flat_factor';
/** For ffmpeg before 4.2, which cannot choose. */
const ALL = '';

/** Where peaks are clipped; spots that are closer than 0.1 seconds are one. */
export function clippedPlaces({ step, channels }: Waveform): Place[] {
  return channels.flatMap((blocks, index) => {
    const spots: { from: number; to: number }[] = [];
    for (const [at, { isClipped }] of blocks.entries()) {
      if (!isClipped) continue;
      const last = spots.at(-1);
      if (last && at * step - last.to < 0.1) last.to = (at + 1) * step;
      else spots.push({ from: at * step, to: (at + 1) * step });
    }
    return spots.map(({ from, to }) => place(from, to, channels.length > 1 ? index + 1 : undefined));
  });
}

/** Parses what `ametadata` prints: a line `frame:…` for each block, then `lavfi.astats.<channel>.<name>=<value>`. */
function blocksIn(printed: string): Block[][] {
  const channels: Block[][] = [];
  for (const frame of printed.split(/^frame:.*\n/m).slice(1)) {
    const values = new Map<string, number>();
    for (const [, name = '', value] of frame.matchAll(/^lavfi\.astats\.(\d+\.\w+)=(.*)$/gm)) {
      values.set(name, Number(value) || 0);
    }
    for (let channel = 1; values.has(`${channel}.Min_level`); channel++) {
      const of = (name: string) => values.get(`${channel}.${name}`) ?? 0;
      const [min, max] = [of('Min_level') / LIMIT, of('Max_level') / LIMIT];
      const isClipped = Math.max(-min, max) > 0.966 && of('Flat_factor') >= 3;
      (channels[channel - 1] ??= []).push({ min, max, isClipped });
    }
  }
  return channels;
}

/** Of 16 bits. */
const LIMIT = 32_768;
