import { audioMediaType } from './audio-formats.ts';
import type { CloneSettings } from './clone-settings.ts';
import type { Media } from './media.ts';

/** A conflict with a provider's documentation; `file` is missing if it concerns all samples. */
export interface ProviderWarning {
  file?: string;
  message: string;
  source: string;
}

/** A sample, as far as it is known. */
export interface Recording {
  name: string;
  media: Media;
}

/** What a provider's documentation asks for, as numbers; a field that it says nothing about is missing. */
export interface Guide {
  name: string;
  source: string;
  /** The length of all samples together, in seconds. */
  total?: Range;
  /** The length of a single one, in seconds. */
  clip?: Range;
  /** The average level in dB RMS. */
  rms?: Range;
  /** A voice is cloned from one clip. */
  isSingle?: true;
  /** Whether it accepts a format; undefined if it lists none. */
  takes?: (recording: Recording) => boolean;
}

/** A range that a guide asks for, and the wider one that causes no warning. */
export interface Range {
  wanted: readonly [from: number, to: number];
  tolerated: readonly [from: number, to: number];
}

/** As of November 2026. */
const documented = {
  // "Record at least 1 minute", "avoid recording more than 3 minutes", MP3 at 128 kbps (stereo), -23 to -18 dB RMS.
  ELEVENLABS: {
    name: 'ElevenLabs',
    source: 'https://elevenlabs.io/docs/product-guides/voices/voice-cloning/instant-voice-cloning',
    total: { wanted: [60, 180], tolerated: [55, 185] },
    rms: { wanted: [-23, -18], tolerated: [-35, -10] },
  },
  // "About 5 seconds", or up to 20 for its older cloning method; 3 to 10 in its guide for migrating voices.
  CARTESIA: {
    name: 'Cartesia',
    source: 'https://docs.cartesia.ai/api-reference/voices/clone',
    clip: { wanted: [3, 10], tolerated: [3, 20] },
    isSingle: true,
  },
  GOOGLE_CLOUD: {
    name: 'Google Cloud',
    source: 'https://docs.cloud.google.com/text-to-speech/docs/chirp3-instant-custom-voice',
    takes: isTakenByGoogle,
  },
} satisfies Record<string, Guide>;

/** The providers' guides. */
export const guides: Record<NonNullable<CloneSettings['providerType']>, Guide> = documented;

/** Whether a value is in a range, both ends included. */
export function isIn(value: number, [from, to]: Range['tolerated']): boolean {
  return value >= from && value <= to;
}

/**
 * Conflicts of these samples with the provider's documentation, as of November 2026. These are only warnings,
 * because Callers may process samples before the provider receives them. ElevenLabs documents no limits on
 * number and size (github.com/elevenlabs/elevenlabs-docs/issues/153).
 */
export function providerWarnings(
  provider: CloneSettings['providerType'],
  samples: readonly Recording[],
): ProviderWarning[] {
  switch (provider) {
    case 'ELEVENLABS':
      return elevenLabs(samples);
    case 'CARTESIA':
      return cartesia(samples);
    case 'GOOGLE_CLOUD':
      return googleCloud(samples);
    case undefined:
      return [];
  }
}

function elevenLabs(samples: readonly Recording[]): ProviderWarning[] {
  const { source, total } = documented.ELEVENLABS;
  const warnings: ProviderWarning[] = [];
  const seconds = samples.reduce((sum, { media }) => sum + (media.seconds ?? NaN), 0);
  if (seconds < total.tolerated[0]) {
    const message = `has ${inWords(seconds)} of samples; ElevenLabs wants at least 1 minute, ideally 1 to 2`;
    warnings.push({ message, source });
  } else if (seconds > total.tolerated[1]) {
    const message = `has ${inWords(seconds)} of samples; ElevenLabs advises against more than 3 minutes, ideally 1 to 2`;
    warnings.push({ message, source });
  }
  for (const { name, media } of samples) {
    const { codec, bitsPerSecond = Infinity, channels = 1 } = media;
    if (codec === 'MP3' && bitsPerSecond / channels < 60_000) {
      const rate = `${Math.round(bitsPerSecond / 1000)} kb/s${channels > 1 ? ' for both channels' : ''}`;
      warnings.push({
        file: name,
        message: `is an MP3 with ${rate}; ElevenLabs recommends at least 128 kb/s`,
        source,
      });
    }
  }
  return warnings;
}

function cartesia(samples: readonly Recording[]): ProviderWarning[] {
  const { source, clip } = documented.CARTESIA;
  const several: ProviderWarning[] =
    samples.length > 1
      ? [{ message: `has ${samples.length} samples; Cartesia clones a voice from one clip`, source }]
      : [];
  return [...several, ...samples.flatMap(({ name, media }) => ofClip(name, media.seconds))];

  function ofClip(file: string, seconds = 5): ProviderWarning[] {
    const has = `has ${inWords(seconds)}; Cartesia wants a clip of`;
    if (seconds > clip.tolerated[1]) return [{ file, message: `${has} about 5 seconds`, source }];
    if (seconds >= clip.tolerated[0]) return [];
    const migrating = 'https://docs.cartesia.ai/build-with-cartesia/tts-models/migrating-voices';
    return [{ file, message: `${has} 3 to 10 seconds`, source: migrating }];
  }
}

function googleCloud(samples: readonly Recording[]): ProviderWarning[] {
  return samples
    .filter((sample) => !isTakenByGoogle(sample))
    .map(({ name, media: { container, codec } }) => ({
      file: name,
      message: `is ${described(container, codec)}not a format that Google Cloud accepts for a custom voice: WAV (PCM), MP3, M4A`,
      source: documented.GOOGLE_CLOUD.source,
    }));
}

/** Decides by content, or by name if the content is unknown. */
function isTakenByGoogle({ name, media: { container, codec } }: Recording): boolean {
  if (container === undefined || codec === undefined) {
    return ['audio/wav', 'audio/mpeg', 'audio/mp4'].includes(audioMediaType(name) ?? '');
  }
  return ['PCM in WAV', 'MP3 in MP3', 'AAC in MP4'].includes(`${codec} in ${container}`);
}

function described(container: string | undefined, codec: string | undefined): string {
  if (container === undefined || codec === undefined) return '';
  return `${codec === container ? codec : `${codec} in ${container}`}, `;
}

function inWords(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} seconds`;
  return seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}
