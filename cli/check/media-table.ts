import stringWidth from 'string-width';
import { columnsOf, minutes } from '../output.ts';
import { type Column, plain, table } from '../table.ts';
import type { Media } from '../../shared/media.ts';
import type { LocalSample } from './checked-folder.ts';

/**
 * A table of the recordings' format and, if analyzed, their levels. Unknown values are question marks. On a narrow terminal, units
 * are in the head only.
 */
export function mediaTable(samples: readonly LocalSample[], isHeard: boolean): string {
  const rows = samples.map(({ name, media = {}, sound }) => [
    plain(name),
    ...factsOf(media),
    ...(isHeard ? [level(sound?.loudness, 'LUFS'), level(sound?.peak, 'dB')] : []),
  ]);
  const columns = isHeard ? COLUMNS : COLUMNS.slice(0, -2);
  const indent = '  ';
  const room = columnsOf(process.stdout) - indent.length;
  const whole = table(columns, rows, Infinity);
  const isNarrow = whole.split('\n').some((line) => stringWidth(line) > room);
  const shown = isNarrow ? table(columns.map(withUnit), rows.map(withoutUnits), room) : whole;
  return shown.replaceAll(/^/gm, indent);
}

interface Fact extends Column {
  /** Of its cells, and its head on a narrow terminal. */
  unit?: { ofCells: string; head: string };
}

const COLUMNS: readonly Fact[] = [
  { head: 'SAMPLE', cut: 'middle' },
  { head: 'LENGTH' },
  { head: 'FORMAT', cut: 'end' },
  { head: 'RATE', unit: { ofCells: ' kHz', head: 'kHz' } },
  { head: 'CHANNELS' },
  { head: 'BIT RATE', unit: { ofCells: ' kb/s', head: 'kb/s' } },
  { head: 'LOUDNESS', unit: { ofCells: ' LUFS', head: 'LUFS' } },
  { head: 'PEAK', unit: { ofCells: ' dB', head: 'PEAK dB' } },
];

function withUnit({ unit, ...column }: Fact): Column {
  return unit ? { ...column, head: unit.head } : column;
}

function withoutUnits(row: readonly string[]): string[] {
  return row.map((cell, index) => {
    const unit = COLUMNS[index]?.unit?.ofCells;
    return unit !== undefined && cell.endsWith(unit) ? cell.slice(0, -unit.length) : cell;
  });
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
