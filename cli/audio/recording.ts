import { type Heard, listen, type Sound } from './listen.ts';
import { type Media, readMedia } from './media.ts';

/** A recording and its properties. */
export interface Recording {
  name: string;
  media: Media;
  /** Undefined if not analyzed with ffmpeg. */
  sound?: Sound | undefined;
}

/**
 * Reads a recording's headers and, if wanted, analyzes its sound with ffmpeg.
 *
 * @param start as for {@link readMedia}
 * @param size of the file in bytes
 */
export async function readRecording(
  path: string,
  start: Uint8Array,
  size: number,
  isHeard: boolean,
): Promise<Omit<Recording, 'name'>> {
  const [declared, heard] = await Promise.all([
    readMedia(path, start, size),
    isHeard ? listen(path) : undefined,
  ]);
  return heard ? { media: bothOf(declared, heard), sound: heard.sound } : { media: declared };
}

/**
 * Combines both: decoded values take precedence, but the headers know the container and the expected length.
 */
function bothOf(declared: Media, { media }: Heard): Media {
  const { seconds: expected = 0 } = declared;
  const isShort = (media.seconds ?? 0) < 0.95 * expected - 1;
  return {
    ...declared,
    ...media,
    ...(declared.container !== undefined && { container: declared.container }),
    // Opus always decodes to 48 kHz, regardless of the original rate.
    ...(declared.codec === 'Opus' &&
      declared.sampleRate !== undefined && { sampleRate: declared.sampleRate }),
    ...(isShort && { isTruncated: true }),
  };
}
