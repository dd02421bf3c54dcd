import { dirname } from 'node:path';
import { whyUnwritten } from '../disk-errors.ts';
import { exitCodes, ProgramError } from '../output.ts';
import { ffmpeg, inputOf, recordingOf } from './ffmpeg.ts';
import type { Span } from './measure.ts';

/** 32-bit floating point: what is edited again must not be rounded or clipped in between. */
const EDITED = 'pcm_f32le';
const SAVED = 'pcm_s16le';

/** How exact a cut is, in seconds. */
const FRAME = 0.01;

/**
 * Decodes a recording into a WAV file to edit.
 *
 * @param track from 1
 * @param channel from 1; undefined for all
 * @throws {ProgramError} if this ffmpeg cannot; like all functions here.
 */
export async function decode(
  path: string,
  { track = 1, channel }: { track?: number; channel?: number | undefined },
  to: string,
): Promise<void> {
  const filters = channel === undefined ? [] : ['-af', `pan=mono|c0=c${channel - 1}`];
  await write([...(await recordingOf(path)), '-map', `0:a:${track - 1}`, ...filters], EDITED, to);
}

/** Keeps parts of a WAV file that begin and end at {@link framesOf}. */
export async function cut(
  path: string,
  keep: readonly Span[],
  sampleRate: number,
  to: string,
): Promise<void> {
  const samples = frameSamples(sampleRate);
  const frames = keep.map(([from, end]) => {
    const [first, last] = [from, end].map((seconds) => Math.round((seconds * sampleRate) / samples));
    return `between(n,${first},${(last ?? 0) - 1})`;
  });
  // The last frame is shorter.
  const filters = [`asetnsamples=n=${samples}:p=0`, `aselect='${frames.join('+')}'`, 'asetpts=N/SR/TB'];
  await write([...inputOf(path), '-af', filters.join()], EDITED, to);
}

/** Parts that {@link cut} can keep, nearest to those wanted. */
export function framesOf(spans: readonly Span[], sampleRate: number): Span[] {
  const length = frameSamples(sampleRate) / sampleRate;
  const nearest = (seconds: number) => Math.round(seconds / length) * length;
  return spans.map(([from, to]): Span => [nearest(from), nearest(to)]).filter(([from, to]) => to > from);
}

function frameSamples(sampleRate: number): number {
  return Math.max(1, Math.round(FRAME * sampleRate));
}

/** Changes the level of a WAV file by some decibels. */
export async function amplify(path: string, decibels: number, to: string): Promise<void> {
  await write([...inputOf(path), '-af', `volume=${decibels}dB`], EDITED, to);
}

/** Joins WAV files, which get the same rate and number of channels. */
export async function joinFiles(
  paths: readonly string[],
  { sampleRate, channels }: { sampleRate: number; channels: number },
  to: string,
): Promise<void> {
  const layout = channels === 1 ? 'mono' : 'stereo';
  const format = `aformat=sample_fmts=flt:sample_rates=${sampleRate}:channel_layouts=${layout}`;
  // Otherwise floats get louder with fewer channels: findings/ffmpeg-mono-3-db-louder.sh.
  const same = `aresample=${sampleRate}:rematrix_maxval=1,${format}`;
  const graph = [
    ...paths.map((_, index) => `[${index}:a]${same}[${index}]`),
    `${paths.map((_, index) => `[${index}]`).join('')}concat=n=${paths.length}:v=0:a=1`,
  ];
  await write([...paths.flatMap(inputOf), '-filter_complex', graph.join(';')], EDITED, to);
}

/**
 * Saves an edited file in the format that every provider documents: PCM of 16 bits in WAV.
 *
 * @throws {Error} with the code `ENOSPC` or `EDQUOT` if the disk takes no more
 */
export async function save(path: string, to: string): Promise<void> {
  await run(inputOf(path), SAVED, to);
}

/** Writes a temporary file. */
async function write(args: readonly string[], codec: string, to: string): Promise<void> {
  await run(args, codec, to).catch((error: unknown) => {
    throw whyUnwritten(dirname(dirname(to)), error, 'set TMPDIR to another folder');
  });
}

async function run(args: readonly string[], codec: string, to: string): Promise<void> {
  const output = ['-vn', '-sn', '-dn', '-map_metadata', '-1', '-c:a', codec, '-rf64', 'auto', '-f', 'wav'];
  const ran = await ffmpeg(['-v', 'error', ...args, ...output, '-fflags', '+bitexact', `file:${to}`]);
  if (ran.kind === 'done') return;
  if (ran.kind === 'failed' && ran.full) throw ran.full;
  const said = ran.kind === 'missing' ? 'it is not on PATH' : ran.why;
  const why = /encoder not found|unknown encoder/i.test(said)
    ? `it has no encoder ${codec}, which editing needs`
    : said;
  throw new ProgramError(
    `ffmpeg failed: ${why}${OF_DISK.test(said) ? '' : `\n       ${INSTALL}`}`,
    exitCodes.notMade,
  );
}

/** No other ffmpeg helps against these. */
const OF_DISK = /Read-only file system|Permission denied/;

/** Advice for an ffmpeg that is missing or incomplete. */
export const INSTALL =
  'Install a complete ffmpeg of version 3.1 or later (https://ffmpeg.org/download.html), or set PATH so that it comes first';
