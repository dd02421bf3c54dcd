import { isAc3, isAdts, isLatm, isMpegAudio } from './audio-frames.ts';
import {
  isEmptyAiff,
  isEmptyAmr,
  isEmptyAsf,
  isEmptyAu,
  isEmptyCaf,
  isEmptyFlac,
  isEmptyMatroska,
  isEmptyMp3,
  isEmptyMp4,
  isEmptyOgg,
  isEmptyRiff,
  isEmptySphere,
} from './no-sound.ts';

/** A kind of recording. Kinds that share a container have a row each if they are used or named differently. */
export interface AudioFormat {
  /** The container, such as `WAV`. */
  container: string;
  /** Lowercase, most common first. */
  extensions: readonly string[];
  /** Extensions that mean the first of `extensions` and that few programs know. */
  rareExtensions?: readonly string[];
  /** Extensions of other rows that files of this container may have, too. */
  alsoNamed?: readonly string[];
  /** How files with these extensions are sent, if they are samples; or why they are not. */
  use: { mediaType: string } | 'video' | 'rename' | 'unsupported';
  /** Other media types of such files. */
  aliases?: readonly string[];
  /**
   * The providers that document it, if any does:
   * - ElevenLabs: https://elevenlabs.io/docs/capabilities/speech-to-text, "supported formats"; its page on cloning
   *   lists none
   * - Google Cloud: https://docs.cloud.google.com/text-to-speech/docs/chirp3-instant-custom-voice
   * - Cartesia documents none.
   */
  documentedBy?: readonly ('ElevenLabs' | 'Google Cloud')[];
  /**
   * Whether a file begins like this: a pattern for its first 64 bytes, decoded as Latin-1, or a function of all the
   * bytes that are known. Missing if another row of the container has it, or if there is no signature.
   */
  signature?: RegExp | ((start: Uint8Array) => boolean);
  /** Whether a file of this size has complete headers and no sound. */
  hasNoSound?: (start: Uint8Array, size: number) => boolean;
}

const everyone = ['ElevenLabs', 'Google Cloud'] as const;
const elevenLabs = ['ElevenLabs'] as const;

/**
 * Every format that recordings come in, except those in `other-formats.ts`: whether it is used, how it is sent, how it is
 * recognized, who documents it, and when it is empty. The order matters for detection, and for extensions: the first row
 * counts.
 */
/* oxlint-disable no-control-regex -- signatures match binary data */
export const audioFormats: readonly AudioFormat[] = [
  {
    container: 'WAV',
    extensions: ['wav', 'wave'],
    alsoNamed: ['bwf'],
    use: { mediaType: 'audio/wav' },
    aliases: ['audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
    documentedBy: everyone,
    signature: /^RIFF....WAVE/s,
    hasNoSound: isEmptyRiff,
  },
  { container: 'WAV', extensions: ['bwf'], use: 'rename' },
  {
    container: 'MP4',
    extensions: ['m4a', 'mp4', 'm4b', 'qta'],
    use: { mediaType: 'audio/mp4' },
    aliases: ['audio/m4a', 'audio/x-m4a', 'video/mp4'],
    documentedBy: everyone,
    signature: /^....(ftyp|moov|wide)/s,
    hasNoSound: isEmptyMp4,
  },
  {
    container: 'MP4',
    extensions: ['3gp', '3gpp', '3ga'],
    use: { mediaType: 'audio/3gpp' },
    aliases: ['video/3gpp'],
    documentedBy: elevenLabs,
  },
  { container: 'MP4', extensions: ['3g2'], use: 'video', aliases: ['audio/3gpp2'] },
  { container: 'MP4', extensions: ['mov', 'm4v'], use: 'video', documentedBy: elevenLabs },
  { container: 'MP4', extensions: ['m4r'], use: 'rename' },
  { container: 'MP4', extensions: ['m4p', 'aax', 'aaxc', 'aa'], use: 'unsupported' },
  {
    container: 'Ogg',
    extensions: ['ogg'],
    rareExtensions: ['oga'],
    use: { mediaType: 'audio/ogg' },
    aliases: ['application/ogg'],
    documentedBy: elevenLabs,
    signature: /^OggS/,
    hasNoSound: isEmptyOgg,
  },
  {
    container: 'Ogg',
    extensions: ['opus'],
    use: { mediaType: 'audio/ogg' },
    aliases: ['audio/opus'],
    documentedBy: elevenLabs,
  },
  { container: 'Ogg', extensions: ['spx', 'ogx', 'mogg'], use: 'unsupported' },
  {
    container: 'FLAC',
    extensions: ['flac'],
    use: { mediaType: 'audio/flac' },
    aliases: ['audio/x-flac'],
    documentedBy: elevenLabs,
    signature: /^fLaC/,
    hasNoSound: isEmptyFlac,
  },
  {
    container: 'AIFF',
    extensions: ['aiff', 'aif', 'aifc'],
    use: { mediaType: 'audio/aiff' },
    aliases: ['audio/x-aiff'],
    documentedBy: elevenLabs,
    signature: /^FORM....AIF[FC]/s,
    hasNoSound: isEmptyAiff,
  },
  {
    container: 'WebM',
    extensions: ['webm'],
    rareExtensions: ['weba'],
    alsoNamed: ['mka', 'mkv'],
    use: { mediaType: 'audio/webm' },
    aliases: ['video/webm'],
    documentedBy: elevenLabs,
    signature: /^\x1aE\xdf\xa3.*webm/s,
    hasNoSound: isEmptyMatroska,
  },
  {
    container: 'Matroska',
    extensions: ['mka'],
    alsoNamed: ['webm', 'weba'],
    use: { mediaType: 'audio/x-matroska' },
    documentedBy: elevenLabs,
    signature: /^\x1aE\xdf\xa3/,
    hasNoSound: isEmptyMatroska,
  },
  { container: 'Matroska', extensions: ['mkv'], use: 'video', documentedBy: elevenLabs },
  {
    container: 'AMR',
    extensions: ['amr'],
    alsoNamed: ['3ga', '3gp'],
    use: { mediaType: 'audio/amr' },
    signature: /^#!AMR/,
    hasNoSound: isEmptyAmr,
  },
  { container: 'AMR', extensions: ['awb'], use: 'unsupported', aliases: ['audio/amr-wb'] },
  {
    container: 'AU',
    extensions: ['au', 'snd'],
    use: { mediaType: 'audio/basic' },
    signature: /^\.snd/,
    hasNoSound: isEmptyAu,
  },
  {
    container: 'CAF',
    extensions: ['caf'],
    use: { mediaType: 'audio/x-caf' },
    signature: /^caff/,
    hasNoSound: isEmptyCaf,
  },
  {
    container: 'WMA',
    extensions: ['wma'],
    use: { mediaType: 'audio/x-ms-wma' },
    signature: /^\x30\x26\xb2\x75\x8e\x66/,
    hasNoSound: isEmptyAsf,
  },
  {
    container: 'RF64',
    extensions: ['wav', 'wave', 'rf64', 'bwf'],
    use: 'unsupported',
    signature: /^(RF64|BW64)....WAVE/s,
    hasNoSound: isEmptyRiff,
  },
  {
    container: 'W64',
    extensions: ['w64'],
    use: 'unsupported',
    signature: /^riff\x2e\x91\xcf\x11/,
  },
  {
    container: 'NIST SPHERE',
    extensions: ['sph', 'nist'],
    alsoNamed: ['wav'],
    use: 'unsupported',
    signature: /^NIST_1A/,
    hasNoSound: isEmptySphere,
  },
  {
    container: 'AC-3',
    extensions: ['ac3', 'eac3', 'ec3'],
    use: 'unsupported',
    signature: isAc3,
  },
  {
    container: 'LATM',
    extensions: ['latm', 'loas'],
    use: 'unsupported',
    signature: isLatm,
  },
  // Frames have no unique signature, so these come last.
  {
    container: 'AAC',
    extensions: ['aac'],
    use: { mediaType: 'audio/aac' },
    aliases: ['audio/aacp', 'audio/x-aac'],
    documentedBy: elevenLabs,
    signature: isAdts,
  },
  { container: 'AAC', extensions: ['adts'], use: 'rename' },
  {
    container: 'MP3',
    extensions: ['mp3', 'mp2'],
    rareExtensions: ['mpga'],
    use: { mediaType: 'audio/mpeg' },
    aliases: ['audio/mp3'],
    documentedBy: everyone,
    signature: isMpegAudio,
    hasNoSound: isEmptyMp3,
  },
  { container: 'MP3', extensions: ['mpa', 'mp1', 'm2a'], use: 'rename' },
];
/* oxlint-enable no-control-regex */

const byExtension = new Map<string, AudioFormat>();
for (const format of audioFormats) {
  for (const extension of [...format.extensions, ...(format.rareExtensions ?? [])]) {
    if (!byExtension.has(extension)) byExtension.set(extension, format);
  }
}

/** The format that a file name's extension stands for, if it is in the table. */
export function formatNamed(fileName: string): AudioFormat | undefined {
  return byExtension.get(extensionOf(fileName));
}

/**
 * The media type that a file of this name is sent with; undefined if it is not a sample by its name.
 */
export function audioMediaType(fileName: string): string | undefined {
  const use = formatNamed(fileName)?.use;
  return typeof use === 'object' ? use.mediaType : undefined;
}

/** The lowercase text after the last dot of a file name; empty if there is no dot. */
export function extensionOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot < 0 ? '' : fileName.slice(dot + 1).toLowerCase();
}

/** The format of a file, by its first bytes; undefined if unknown. */
export function formatIn(start: Uint8Array): AudioFormat | undefined {
  const text = String.fromCharCode(...start.subarray(0, 64));
  return audioFormats.find(({ signature }) =>
    typeof signature === 'function' ? signature(start) : signature?.test(text),
  );
}

/** Whether any provider documents a container. */
export function isDocumented(container: string): boolean {
  return audioFormats.some((format) => format.container === container && format.documentedBy);
}

/** Every extension that files of a container may have, most common first; empty if unknown. */
export function extensionsOf(container: string): string[] {
  return audioFormats
    .filter((format) => format.container === container)
    .flatMap(({ extensions, rareExtensions = [], alsoNamed = [] }) => [
      ...extensions,
      ...rareExtensions,
      ...alsoNamed,
    ]);
}
