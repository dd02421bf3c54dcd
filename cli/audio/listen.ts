import { deserialize, serialize } from 'node:v8';
import { aboutFile, type Memory } from '../memory.ts';
import { AT_ONCE, ffmpeg, ffmpegInto, GONE, outputTo, recordingOf } from './ffmpeg.ts';
import { failuresIn, isUsual, mediaInLog, progressIn, streamsIn } from './ffmpeg-log.ts';
import { limit } from '../limit.ts';
import { SILENCE, type Sound } from './measure.ts';
import { type MeasuredWav, measuredWav } from './measured-wav.ts';
import { isAlike, outlineOf } from './outline.ts';
import type { Media } from '../../shared/media.ts';

/** What ffmpeg decoded, or why it did not. */
export type Listened =
  | { kind: 'heard'; media: Media; sound: Sound }
  /** `why` is mostly ffmpeg's last line. */
  | { kind: 'failed'; why: string };

/**
 * Whether recordings can be decoded; otherwise why not, as the rest of a sentence. `build` tells builds of ffmpeg apart: they do not
 * all decode alike.
 */
export type Listener = { can: true; build: string } | { can: false; why: string };

const found = new Map<string | undefined, Promise<Listener>>();

/** Whether there is an ffmpeg on PATH that starts. It is asked once, however many folders there are. */
export function canListen(): Promise<Listener> {
  const { PATH } = process.env;
  const known = found.get(PATH);
  if (known) return known;
  const asked = ffmpeg(['-version']).then((ran): Listener => {
    if (ran.kind === 'done') return { can: true, build: ran.stdout };
    const why = ran.kind === 'missing' ? 'ffmpeg is not on PATH' : `ffmpeg does not start: ${ran.why}`;
    return { can: false, why };
  });
  found.set(PATH, asked);
  return asked;
}

/**
 * Decodes a recording with ffmpeg and measures it. Every build of ffmpeg since 2016 that was tried decodes to WAV; many
 * lack the filters that measure, or their options.
 *
 * Of several tracks, the first that is not silent counts: recorders of calls leave some empty.
 *
 * @param known where what was heard is remembered, by this build of ffmpeg
 */
export async function listen(path: string, known?: { build: string; memory: Memory }): Promise<Listened> {
  if (!known) return hear(path);
  let heard: Listened | undefined;
  const what = `sound ${MEASURES} ${known.build}`;
  const kept = await aboutFile(known.memory, path, what, async () => {
    heard = await hear(path);
    return heard.kind === 'heard' ? serialize(heard) : undefined;
  });
  if (heard) return heard;
  try {
    return deserialize(kept ?? Buffer.alloc(0)) as Listened;
  } catch {
    return hear(path); // A newer Node wrote it.
  }
}

/** Raise it whenever the same recording would be described or measured differently. */
const MEASURES = 9;

async function hear(path: string): Promise<Listened> {
  const { listened: first, tracks, isFloat } = await decodeSoon(path);
  if (isFloat && first.kind === 'heard' && first.sound.channels.some(({ isClipped }) => isClipped)) {
    const excess = await excessOf(path);
    if (excess > LEAST_EXCESS) return { ...first, sound: { ...first.sound, excess } };
  }
  for (let track = 1; track < Math.min(tracks, MAX_TRACKS); track++) {
    const { listened: next } = await decode(path, track);
    if (next.kind !== 'heard' || isSilent(next)) continue;
    if (first.kind !== 'heard' || isSilent(first))
      return { ...next, sound: { ...next.sound, track: { number: track + 1, of: tracks } } };
    // Telephones save the same sound in two formats.
    if (!isAlike(outlineOf(first.sound), outlineOf(next.sound)))
      return { ...first, sound: { ...first.sound, tracks } };
  }
  return first;
}

/** In dB: rounding and resampling exceed full scale by less. */
const LEAST_EXCESS = 0.1;

/** By how many dB the first track of a floating-point recording exceeds full scale; `-Infinity` if this ffmpeg cannot tell. */
async function excessOf(path: string): Promise<number> {
  const output = ['-map', '0:a:0', '-c:a', 'pcm_f32le', '-f', 'f32le', outputTo(0)];
  const ran = await ffmpegInto(
    ['-v', 'error', ...(await recordingOf(path)), ...output],
    1,
    async (stream) => {
      let [most, rest] = [0, Buffer.alloc(0)];
      for await (const chunk of stream) {
        const bytes = Buffer.concat([rest, chunk as Buffer]);
        const whole = bytes.length - (bytes.length % 4);
        for (let at = 0; at < whole; at += 4) most = Math.max(most, Math.abs(bytes.readFloatLE(at)));
        rest = bytes.subarray(whole);
      }
      return 20 * Math.log10(most);
    },
  );
  return ran.kind === 'done' ? (ran.stdout[0] ?? -Infinity) : -Infinity;
}

/** No recorder makes more. */
const MAX_TRACKS = 16;

function isSilent(track: Listened): boolean {
  return track.kind !== 'heard' || track.sound.swing < SILENCE;
}

interface Decoded {
  listened: Listened;
  /** How many audio tracks the file has. */
  tracks: number;
  /** Whether the track is stored as floating-point numbers. */
  isFloat?: boolean;
}

/** Recordings that wait for an ffmpeg. */
const waiting: { path: string; done: (decoded: Decoded | Promise<Decoded>) => void }[] = [];
/** A batch is taken when an ffmpeg is free, so that as many as possible wait for it. */
const batchesAtOnce = limit(AT_ONCE);
/** Starting ffmpeg takes longer than decoding ten seconds. */
const MOST_TOGETHER = 16;

/** Decodes the first track, together with others that wait meanwhile. */
function decodeSoon(path: string): Promise<Decoded> {
  return new Promise((done) => {
    waiting.push({ path, done });
    void batchesAtOnce(async () => {
      // Leaves the other ffmpegs their share.
      const taken = waiting.splice(0, Math.min(MOST_TOGETHER, Math.ceil(waiting.length / AT_ONCE)));
      const together = await decodeTogether(taken.map(({ path: each }) => each)).catch(() => []);
      const all = taken.map(async (each, index) => {
        const decoded = together[index] ?? decode(each.path, 0);
        each.done(decoded);
        await decoded;
      });
      await Promise.allSettled(all);
    });
  });
}

/**
 * Decodes the first tracks of several recordings with one ffmpeg.
 *
 * @returns nothing for those to be decoded alone, because ffmpeg failed, or said anything that may matter
 */
async function decodeTogether(paths: readonly string[]): Promise<(Decoded | undefined)[]> {
  if (paths.length < 2) return [];
  const ran = await ffmpegInto(await decoding(paths, 0), paths.length, measuredWav);
  if (ran.kind === 'missing') return [];
  const { opened, unusual } = progressIn(ran.stderr);
  if (ran.kind === 'failed') {
    if (opened === Infinity) return [];
    // This one could not even be opened.
    const others = await decodeTogether(paths.toSpliced(opened, 1));
    return others.toSpliced(opened, 0, undefined);
  }
  if (unusual.has(Infinity)) return [];
  // The unusual lines are about other inputs.
  const said = ran.stderr.split('\n').filter(isUsual).join('\n');
  return ran.stdout.map((wav, index) => {
    const streams = streamsIn(said, index);
    return wav && streams.length > 0 && !unusual.has(index)
      ? decodedOf(said, index, streams, 0, wav)
      : undefined;
  });
}

async function decode(path: string, track: number): Promise<Decoded> {
  const ran = await ffmpegInto(await decoding([path], track), 1, measuredWav);
  const failed = (why: string, tracks = 0) => ({ listened: { kind: 'failed', why }, tracks }) as const;
  if (ran.kind === 'missing') return failed(GONE);
  const streams = streamsIn(ran.stderr, 0);
  if (ran.kind === 'failed') return failed(ran.why, streams.length);
  const [wav] = ran.stdout;
  if (!wav) return failed('it decodes to nothing', streams.length);
  // ffmpeg guessed the format from the extension alone.
  if (ran.stderr.includes('misdetection possible')) return failed('its format is unknown');
  if (failuresIn(ran.stderr) > FAILURES_PER_SECOND * (wav.meter.frames() / wav.sampleRate))
    return failed('most of it does not decode', streams.length);
  return decodedOf(ran.stderr, 0, streams, track, wav);
}

/** For each second that was heard. Codecs have about 20 to 50 packets per second, so at least about half failed. */
const FAILURES_PER_SECOND = 30;

/** @param streams what ffmpeg says of the tracks of this input */
function decodedOf(
  said: string,
  input: number,
  streams: readonly string[],
  track: number,
  wav: MeasuredWav,
): Decoded {
  const stream = streams[track] ?? '';
  const media = mediaInLog(said, input, stream, wav);
  return {
    listened: { kind: 'heard', media, sound: wav.meter.sound() },
    tracks: streams.length,
    isFloat: stream.startsWith('pcm_f'),
  };
}

/** The arguments that decode a track of each recording into an output of its own. */
async function decoding(paths: readonly string[], track: number): Promise<string[]> {
  // 16 bits, so that decoded overshoots of a clipped recording are clipped again, as a converter would.
  const format = ['-vn', '-sn', '-dn', '-c:a', 'pcm_s16le', '-fflags', '+bitexact', '-f', 'wav'];
  const outputs = paths.flatMap((_, index) => ['-map', `${index}:a:${track}`, ...format, outputTo(index)]);
  const inputs = await Promise.all(paths.map(recordingOf));
  return ['-v', 'info', ...inputs.flat(), ...outputs];
}
