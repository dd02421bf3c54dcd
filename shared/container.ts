import { extensionOf } from './media-types.ts';

/**
 * Detects a file's container format, such as `WAV`, from its first 64 bytes. Undefined if unknown, and for
 * MP3 and AAC, whose frames have no unique signature.
 */
export function containerIn(start: Uint8Array): string | undefined {
  const text = String.fromCharCode(...start.subarray(0, 64));
  return beginnings.find(([, is]) => is.test(text))?.[0];
}

/**
 * The extension that the file should have if its own does not match its container. The media type depends on
 * the extension, and some providers rely on it. Undefined if the name is correct or the container is unknown.
 *
 * @param codec of the audio, if known
 */
export function rightExtension(
  name: string,
  container: string | undefined,
  codec?: string,
): string | undefined {
  const right = container === undefined ? undefined : extensions[container];
  if (!right || right.includes(extensionOf(name))) return undefined;
  return codec === 'Opus' && container === 'Ogg' ? 'opus' : right[0];
}

/** The extensions of each container, most common first. */
const extensions: Record<string, readonly string[]> = {
  AAC: ['aac'],
  AIFF: ['aiff', 'aif', 'aifc'],
  AMR: ['amr', 'awb', '3ga'],
  AU: ['au', 'snd'],
  CAF: ['caf'],
  FLAC: ['flac'],
  Matroska: ['mka', 'mkv', 'webm', 'weba'],
  MP3: ['mp3', 'mpga', 'mp2'],
  MP4: ['m4a', 'mp4', 'm4b', '3gp', '3gpp', '3ga', '3g2', 'qta', 'mov', 'm4v', 'm4r'],
  Ogg: ['ogg', 'oga', 'opus', 'spx'],
  RF64: ['wav', 'wave', 'rf64'],
  W64: ['w64'],
  WAV: ['wav', 'wave'],
  WebM: ['webm', 'weba', 'mka', 'mkv'],
  WMA: ['wma'],
};

/* oxlint-disable no-control-regex -- these match binary data */
const beginnings: readonly (readonly [container: string, is: RegExp])[] = [
  ['WAV', /^RIFF....WAVE/s],
  ['RF64', /^(RF64|BW64)....WAVE/s],
  ['MP4', /^....(ftyp|moov|wide)/s],
  ['Ogg', /^OggS/],
  ['FLAC', /^fLaC/],
  ['AIFF', /^FORM....AIF[FC]/s],
  ['WebM', /^\x1aE\xdf\xa3.*webm/s],
  ['Matroska', /^\x1aE\xdf\xa3/],
  ['WMA', /^\x30\x26\xb2\x75\x8e\x66/],
  ['CAF', /^caff/],
  ['AU', /^\.snd/],
  ['AMR', /^#!AMR/],
  ['NIST SPHERE', /^NIST_1A/],
  ['W64', /^riff\x2e\x91\xcf\x11/],
];
/* oxlint-enable no-control-regex */
