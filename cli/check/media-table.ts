import { minutes } from '../output.ts';
import { type Column, plain, table } from '../table.ts';
import type { Media } from '../../shared/media.ts';
import type { LocalSample } from './check-folder.ts';

/** A table of the recordings' format and, if analyzed, their levels. Unknown values are question marks. */
export function mediaTable(samples: readonly LocalSample[], isHeard: boolean): string {
  const head = ['LENGTH', 'FORMAT', 'RATE', 'CHANNELS', 'BIT RATE'];
  const rows = samples.map(({ name, media = {}, sound }) => [
    plain(name),
    ...factsOf(media),
    ...(isHeard ? [level(sound?.loudness, 'LUFS'), level(sound?.peak, 'dB')] : []),
  ]);
  const columns = (isHeard ? [...head, 'LOUDNESS', 'PEAK'] : head).map((each): Column => ({ head: each }));
  return table([{ head: 'SAMPLE', cut: 'middle' }, ...columns], rows).replaceAll(/^/gm, '  ');
}

/** Length, format, rate, channels and bit rate. */
export function factsOf(media: Media): string[] {
  return [
    media.seconds === undefined ? 'unknown' : readableLength(media.seconds),
    formatOf(media.container, media.codec),
    media.sampleRate === undefined ? '?' : `${Number((media.sampleRate / 1000).toFixed(2))} kHz`,
    media.channels === undefined ? '?' : (['?', 'mono', 'stereo'][media.channels] ?? String(media.channels)),
    media.bitsPerSecond === undefined ? '?' : `${Math.round(media.bitsPerSecond / 1000)} kb/s`,
  ];
}

/** A human-readable duration. */
export function readableLength(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${minutes(seconds)} min`;
  const rounded = Math.round(seconds / 60);
  return `${Math.floor(rounded / 60)} h ${rounded % 60} min`;
}

function formatOf(container: string | undefined, codec: string | undefined): string {
  if (container === undefined || codec === undefined) return container ?? codec ?? '?';
  return container === codec ? codec : `${container} (${codec})`;
}

/** Loudness is undefined below -70 LUFS, or for less than 0.4 seconds. */
export function level(value: number | undefined, unit: string): string {
  if (value === undefined || (unit === 'LUFS' && value <= -70)) return '?';
  return value === -Infinity ? 'silent' : `${value.toFixed(1)} ${unit}`;
}
