import type { Media } from '../../shared/media.ts';
import type { MeasuredWav } from './measured-wav.ts';

/*
 * What ffmpeg prints about recordings while it decodes them.
 */

/**
 * How many inputs ffmpeg has opened, or `Infinity` once it decodes; and when it said something unusual: it describes each
 * input after it has opened it, but does not say of which input it speaks while it decodes.
 */
export function progressIn(said: string): { opened: number; unusual: Set<number> } {
  const unusual = new Set<number>();
  let opened = 0;
  for (const line of said.split(/[\r\n]+/)) {
    if (line.startsWith('Input #')) opened += 1;
    else if (line === 'Stream mapping:') opened = Infinity;
    else if (!isUsual(line)) unusual.add(opened);
  }
  return { opened, unusual };
}

/** Whether ffmpeg says this of faultless recordings, too (5.1.9, 7.0.2 and 7.1). */
export function isUsual(line: string): boolean {
  return (
    isStatistics(line) ||
    /^( .*|Input #.*|Output #.*|Stream mapping:)?$/.test(line) ||
    /^(\[[^\]]* @ \w+\] )?(Guessed Channel Layout|video:\d|Estimating duration from bitrate|Multiple frames in a packet)/.test(
      line,
    )
  );
}

/** What ffmpeg prints at its end, however it ended: how much it wrote. */
export function isStatistics(line: string): boolean {
  return /^(?:size=|video:)/.test(line);
}

/** How many packets ffmpeg could not decode (4.1, 5.1.9 and 7.1). */
export function failuresIn(said: string): number {
  return said.match(/Error (?:while decoding|submitting packet)/g)?.length ?? 0;
}

/** ffmpeg's descriptions of an input's audio tracks. */
export function streamsIn(said: string, index: number): string[] {
  const streams = inputIn(said, index).matchAll(/^ +Stream #\d+:\d+.*?: Audio: (.*)$/gm);
  return [...streams].map(([, stream = '']) => stream);
}

/**
 * The format of a recording that was decoded.
 *
 * @param said what ffmpeg printed, without what is about other recordings
 * @param index of the input
 * @param stream ffmpeg's description of the track
 */
export function mediaInLog(
  said: string,
  index: number,
  stream: string,
  { channels, meter, sampleRate }: MeasuredWav,
): Media {
  const [, container = ''] = /^Input #\d+, (\S+), from/.exec(inputIn(said, index)) ?? [];
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

/** What ffmpeg says of an input. */
function inputIn(said: string, index: number): string {
  // ffmpeg 7 describes the outputs in any order.
  const [before = ''] = said.split(/^Output #/m);
  return before.split(/^(?=Input #)/m).find((part) => part.startsWith(`Input #${index}, `)) ?? '';
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
  return codecs[codec] ?? (codec.startsWith('adpcm_') ? 'ADPCM' : codec);
}

const codecs: Record<string, string> = {
  aac: 'AAC',
  aac_latm: 'AAC',
  adpcm_g722: 'G.722',
  adpcm_g726: 'G.726',
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
  wavpack: 'WavPack',
  wmav1: 'WMA',
  wmav2: 'WMA',
};
