import { deserialize, serialize } from 'node:v8';
import { aboutFile, type Memory } from '../memory.ts';
import { ffmpeg, ffmpegInto, inputOf } from './ffmpeg.ts';
import { SILENCE, type Sound, type SoundMeter, soundMeter } from './measure.ts';
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

/** To be raised whenever the same recording would be described or measured in another way. */
const MEASURES = 1;

async function hear(path: string): Promise<Listened> {
  const first = await decode(path, 0);
  if (first.tracks < 2 || !isSilent(first)) return first;
  for (let track = 1; track < Math.min(first.tracks, MAX_TRACKS); track++) {
    const next = await decode(path, track);
    if (next.kind === 'heard' && !isSilent(next)) {
      return { ...next, sound: { ...next.sound, track: { number: track + 1, of: first.tracks } } };
    }
  }
  return first;
}

/** No recorder makes more. */
const MAX_TRACKS = 16;

function isSilent(track: Listened): boolean {
  return track.kind !== 'heard' || track.sound.swing < SILENCE;
}

async function decode(path: string, track: number): Promise<Listened & { tracks: number }> {
  // 16 bits, so that decoded overshoots of a clipped recording are clipped again, as a converter would.
  const output = ['-vn', '-sn', '-dn', '-c:a', 'pcm_s16le', '-fflags', '+bitexact', '-f', 'wav', 'pipe:1'];
  const args = ['-v', 'info', ...inputOf(path), '-map', `0:a:${track}`, ...output];
  const ran = await ffmpegInto(args, measured);
  const failed = (why: string, tracks = 0) => ({ kind: 'failed', why, tracks }) as const;
  if (ran.kind === 'missing') return failed('there is no ffmpeg any more');
  const streams = streamsIn(ran.stderr);
  if (ran.kind === 'failed') return failed(ran.why, streams.length);
  if (!ran.stdout) return failed('it decodes to nothing', streams.length);
  // ffmpeg guessed the format from the extension alone.
  if (ran.stderr.includes('misdetection possible')) return failed('its format is unknown');
  const media = mediaIn(ran.stderr, streams[track] ?? '', ran.stdout);
  return { kind: 'heard', media, sound: ran.stdout.meter.sound(), tracks: streams.length };
}

interface MeasuredWav {
  channels: number;
  sampleRate: number;
  meter: SoundMeter;
}

/** Measures the samples of a 16-bit WAV stream; undefined if there are none. */
async function measured(stream: AsyncIterable<Buffer>): Promise<MeasuredWav | undefined> {
  let wav: MeasuredWav | undefined;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!wav) {
      const header = headerIn(bytes);
      if (!header) {
        rest = bytes;
        continue;
      }
      wav = { ...header, meter: soundMeter(header.channels, header.sampleRate) };
      bytes = bytes.subarray(header.length);
    }
    const whole = bytes.length - (bytes.length % (2 * wav.channels));
    // A copy, because numbers of two bytes must be aligned.
    const aligned = Uint8Array.prototype.slice.call(bytes, 0, whole);
    wav.meter.add(new Int16Array(aligned.buffer, aligned.byteOffset, whole / 2));
    rest = bytes.subarray(whole);
  }
  return wav && wav.meter.frames() > 0 ? wav : undefined;
}

/** The header that ffmpeg writes, up to the samples; undefined if it is not complete yet. */
function headerIn(bytes: Buffer): { channels: number; sampleRate: number; length: number } | undefined {
  let [channels, sampleRate] = [0, 0];
  for (let at = 12; at + 8 <= bytes.length; at += 8 + bytes.readUInt32LE(at + 4)) {
    const name = bytes.toString('latin1', at, at + 4);
    if (name === 'data') return { channels, sampleRate, length: at + 8 };
    if (name !== 'fmt ' || at + 16 > bytes.length) continue;
    channels = bytes.readUInt16LE(at + 10);
    sampleRate = bytes.readUInt32LE(at + 12);
  }
  return undefined;
}

/** ffmpeg's descriptions of the input's audio tracks. */
function streamsIn(said: string): string[] {
  const [input = ''] = said.split(/^Output #0/m);
  return [...input.matchAll(/^ +Stream #0:\d+.*?: Audio: (.*)$/gm)].map(([, stream = '']) => stream);
}

function mediaIn(said: string, stream: string, { channels, meter, sampleRate }: MeasuredWav): Media {
  const [, container = ''] = /^Input #0, (\S+), from/m.exec(said) ?? [];
  const [name = ''] = container.split(',');
  const kilobits = /(\d+) kb\/s/.exec(stream)?.[1];
  return {
    container: containers[name] ?? name,
    codec: codecNamed(/^[^\s,]*/.exec(stream)?.[0] ?? ''),
    seconds: meter.frames() / sampleRate,
    sampleRate,
    channels,
    ...(kilobits !== undefined && { bitsPerSecond: Number(kilobits) * 1000 }),
    ...(/File ended prematurely/.test(said) && { isTruncated: true }),
  };
}

/** Our names for ffmpeg's formats, by the first of ffmpeg's names. */
const containers: Record<string, string> = {
  aac: 'AAC',
  ac3: 'AC-3',
  aiff: 'AIFF',
  amr: 'AMR',
  asf: 'WMA',
  au: 'AU',
  caf: 'CAF',
  eac3: 'AC-3',
  flac: 'FLAC',
  loas: 'LATM',
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
  aac_latm: 'AAC',
  adpcm_ima_wav: 'ADPCM',
  adpcm_ms: 'ADPCM',
  ac3: 'AC-3',
  alac: 'ALAC',
  amr_nb: 'AMR',
  amr_wb: 'AMR-WB',
  dts: 'DTS',
  eac3: 'E-AC-3',
  flac: 'FLAC',
  gsm: 'GSM',
  gsm_ms: 'GSM',
  mp2: 'MP2',
  mp3: 'MP3',
  mp3float: 'MP3',
  opus: 'Opus',
  pcm_alaw: 'A-law',
  pcm_mulaw: 'µ-law',
  speex: 'Speex',
  vorbis: 'Vorbis',
  wmav1: 'WMA',
  wmav2: 'WMA',
};
