import { audioMediaType } from '../../shared/audio-file.ts';
import type { CloneSettings } from '../../shared/clone-settings.ts';

/** A sample, and its length where the file says so. */
export interface MeasuredSample {
  name: string;
  seconds: number | undefined;
}

/** What a provider's documentation says against samples; `file` is missing where it is about all of them. */
export interface ProviderWarning {
  file?: string;
  message: string;
  source: string;
}

/**
 * What the provider's own documentation, as of November 2026, says against these samples. Callers may treat them
 * before the provider gets them, so that none of this need be an error. There is nothing here on ElevenLabs' limits of
 * number and size: its documentation names none (github.com/elevenlabs/elevenlabs-docs/issues/153).
 */
export function providerWarnings(
  provider: CloneSettings['providerType'],
  samples: readonly MeasuredSample[],
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

function elevenLabs(samples: readonly MeasuredSample[]): ProviderWarning[] {
  const seconds = samples.reduce((sum, sample) => sum + (sample.seconds ?? 0), 0);
  if (seconds <= 180) return [];
  return [
    {
      message: `has samples of ${inWords(seconds)}; ElevenLabs advises against more than 3 minutes, best are 1 to 2`,
      source: 'https://elevenlabs.io/docs/product-guides/voices/voice-cloning/instant-voice-cloning',
    },
  ];
}

function cartesia(samples: readonly MeasuredSample[]): ProviderWarning[] {
  const source = 'https://docs.cartesia.ai/api-reference/voices/clone';
  const several: ProviderWarning[] =
    samples.length > 1
      ? [{ message: `has ${samples.length} samples; Cartesia clones a voice from one clip`, source }]
      : [];
  const long = samples
    // About 5 seconds, and up to 20 for its older way of cloning.
    .filter(({ seconds = 0 }) => seconds > 20)
    .map(({ name, seconds = 0 }) => ({
      file: name,
      message: `has ${inWords(seconds)}; Cartesia wants a clip of about 5 seconds`,
      source,
    }));
  return [...several, ...long];
}

function googleCloud(samples: readonly MeasuredSample[]): ProviderWarning[] {
  return samples
    .filter(({ name }) => !['audio/wav', 'audio/mpeg', 'audio/mp4'].includes(audioMediaType(name) ?? ''))
    .map(({ name }) => ({
      file: name,
      message: 'is none of the formats that Google Cloud takes for a custom voice: WAV (PCM), MP3, M4A',
      source: 'https://docs.cloud.google.com/text-to-speech/docs/chirp3-instant-custom-voice',
    }));
}

/**
 * The length of a WAV file in seconds, by its first bytes and its size in bytes; undefined for other files, whose
 * length is not in one place ("Multimedia Programming Interface and Data Specifications 1.0", RIFF WAVE).
 */
export function wavSeconds(start: Uint8Array, size: number): number | undefined {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    return undefined;
  for (let at = 12; at + 20 <= bytes.length; at += 8 + bytes.readUInt32LE(at + 4)) {
    if (bytes.toString('latin1', at, at + 4) !== 'fmt ') continue;
    const bytesPerSecond = bytes.readUInt32LE(at + 16);
    return bytesPerSecond > 0 ? size / bytesPerSecond : undefined;
  }
  return undefined;
}

function inWords(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}
