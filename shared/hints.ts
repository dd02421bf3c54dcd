import { capitalized } from './capitalized.ts';
import type { CloneSettings } from './clone-settings.ts';
import { formatProblems } from './format-problems.ts';
import type { Media } from './media.ts';
import { providerWarnings } from './provider-guides.ts';

/** A property of sent samples that may make a poor voice. */
export interface Hint {
  /** The sample; missing if it concerns all of them. */
  name?: string;
  /** A code of `check`, or `PROVIDER` for what the provider's guide says. */
  code: 'UNKNOWN_FORMAT' | 'WRONG_EXTENSION' | 'TELEPHONE' | 'PROVIDER';
  /** A sentence. */
  message: string;
}

/**
 * Hints from the headers of samples, without decoding them: warnings only, for people who did not run `check`.
 *
 * @param samples what was sent, with what `mediaIn` says of each
 * @returns at most 50
 */
export function hintsAt(
  provider: CloneSettings['providerType'],
  samples: readonly { name: string; media: Media }[],
): Hint[] {
  const ofFormat = samples.flatMap(({ name, media }) =>
    formatProblems(name, media).map(({ code, message, suggestion }): Hint => ({
      name,
      code,
      message: `"${name}" ${message}. ${capitalized(suggestion)}.`,
    })),
  );
  const ofProvider = providerWarnings(provider, samples).map(({ file, message, source }): Hint => ({
    ...(file !== undefined && { name: file }),
    code: 'PROVIDER',
    message: `${file === undefined ? 'The voice' : `"${file}"`} ${message} (${source}).`,
  }));
  return [...ofFormat, ...ofProvider].slice(0, MAX_HINTS);
}

/** More than anyone reads; a folder can contain a thousand samples. */
const MAX_HINTS = 50;
