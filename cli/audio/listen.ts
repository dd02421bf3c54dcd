import { ffmpeg, inputOf } from './ffmpeg.ts';
import type { Media } from './media.ts';

/** Measurements of a recording. Levels are in dBFS over all channels; silence is `-Infinity`. */
export interface Sound {
  /** The highest sample value. */
  peak: number;
  rms: number;
  /** Integrated loudness (EBU R 128) in LUFS; -70 if too quiet or too short to measure. */
  loudness: number;
  /** The level of the quietest 50 ms. */
  noiseFloor: number;
  /** How many samples are at the peak, and how many of these are consecutive. */
  peakCount: number;
  flatness: number;
  /** Silences of at least half a second, per channel. */
  pauses: Span[][];
}

/** In seconds. */
export type Span = readonly [from: number, to: number];

/** ffmpeg's analysis of a recording. */
export interface Heard {
  media: Media;
  sound: Sound;
}

let found: Promise<boolean> | undefined;

/** Whether ffmpeg is on PATH. It is asked once, however many folders there are. */
export function canListen(): Promise<boolean> {
  found ??= ffmpeg(['-version']).then(({ kind }) => kind === 'done');
  return found;
}

/** Levels below this count as a pause. Room noise is louder only in noisy recordings. */
const PAUSE = 'silencedetect=n=-50dB:d=0.5:mono=1';
/**
 * Converts to 16 bits, so that decoded overshoots of a clipped recording are clipped again, as a converter
 * would.
 */
const LEVELS =
  'aformat=sample_fmts=s16,astats=measure_perchannel=none:measure_overall=Peak_level+RMS_level+Noise_floor+Flat_factor+Peak_count+Number_of_samples';
const LOUDNESS = 'ebur128=framelog=verbose';

/**
 * Decodes a recording with ffmpeg and measures it with ffmpeg's filters
 * (https://ffmpeg.org/ffmpeg-filters.html). Undefined if ffmpeg cannot decode any audio.
 */
export async function listen(path: string): Promise<Heard | undefined> {
  const output = ['-vn', '-sn', '-dn', '-af', [LEVELS, PAUSE, LOUDNESS].join(), '-f', 'null', '-'];
  const ran = await ffmpeg(['-v', 'info', ...inputOf(path), '-map', '0:a:0', ...output]);
  return ran.kind === 'done' ? understood(ran.stderr) : undefined;
}

function understood(said: string): Heard | undefined {
  // ffmpeg guessed the format from the extension alone.
  if (said.includes('misdetection possible')) return undefined;
  const level = (name: string) => {
    const [, value] = new RegExp(`Overall[^]*\\] ${name}: (\\S+)`).exec(said) ?? [];
    return value === undefined || value === 'nan' ? undefined : value === '-inf' ? -Infinity : Number(value);
  };
  const [, container = '', input = ''] = /Input #0, (\S+), from[^]*?Audio: (.*)/.exec(said) ?? [];
  const sampleRate = Number(/(\d+) Hz/.exec(input)?.[1]);
  const channels = channelsIn(input);
  const samples = level('Number of samples');
  const peak = level('Peak level dB');
  if (samples === undefined || peak === undefined || !(sampleRate > 0)) return undefined;
  const seconds = samples / sampleRate;
  const kilobits = /(\d+) kb\/s/.exec(input)?.[1];
  return {
    media: {
      container: containers[container.split(',')[0] ?? ''] ?? container.split(',')[0] ?? container,
      codec: codecNamed(/^[^\s,]*/.exec(input)?.[0] ?? ''),
      seconds,
      sampleRate,
      ...(channels !== undefined && { channels }),
      ...(kilobits !== undefined && { bitsPerSecond: Number(kilobits) * 1000 }),
    },
    sound: {
      peak,
      rms: level('RMS level dB') ?? -Infinity,
      loudness: Number(/Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(said)?.[1] ?? -70),
      noiseFloor: level('Noise floor dB') ?? -Infinity,
      peakCount: level('Peak count') ?? 0,
      flatness: level('Flat factor') ?? 0,
      pauses: pausesIn(said, channels ?? 1, seconds),
    },
  };
}

function pausesIn(said: string, channels: number, seconds: number): Span[][] {
  const pauses: Span[][] = Array.from({ length: channels }, () => []);
  const started = new Map<number, number>();
  for (const [, channel, edge, at] of said.matchAll(
    /(?:channel: (\d+) \| )?silence_(start|end): (-?[\d.e+-]+)/g,
  )) {
    const index = Number(channel ?? 0);
    if (edge === 'start') {
      started.set(index, Math.max(0, Number(at)));
    } else {
      pauses[index]?.push([started.get(index) ?? 0, Number(at)]);
      started.delete(index);
    }
  }
  // Older versions of ffmpeg do not report the end of a silence that lasts until the end.
  for (const [index, from] of started) pauses[index]?.push([from, seconds]);
  return pauses;
}

function channelsIn(stream: string): number | undefined {
  if (/\bmono\b/.test(stream)) return 1;
  if (/\bstereo\b/.test(stream)) return 2;
  const [, several] = /(\d+) channels/.exec(stream) ?? [];
  return several === undefined ? undefined : Number(several);
}

/** Our names for ffmpeg's formats, by the first of ffmpeg's names. */
const containers: Record<string, string> = {
  aac: 'AAC',
  aiff: 'AIFF',
  amr: 'AMR',
  asf: 'WMA',
  au: 'AU',
  caf: 'CAF',
  flac: 'FLAC',
  matroska: 'Matroska',
  mov: 'MP4',
  mp3: 'MP3',
  nistsphere: 'NIST SPHERE',
  ogg: 'Ogg',
  w64: 'W64',
  wav: 'WAV',
};

function codecNamed(codec: string): string {
  if (/^pcm_[su]?(8|16|24|32|64|f32|f64)|^pcm_f/.test(codec)) return 'PCM';
  return codecs[codec] ?? codec;
}

const codecs: Record<string, string> = {
  aac: 'AAC',
  alac: 'ALAC',
  amr_nb: 'AMR',
  amr_wb: 'AMR-WB',
  flac: 'FLAC',
  mp2: 'MP2',
  mp3: 'MP3',
  mp3float: 'MP3',
  opus: 'Opus',
  pcm_alaw: 'A-law',
  pcm_mulaw: 'µ-law',
  vorbis: 'Vorbis',
};
