import type { LocalSample } from './checked-folder.ts';

/** The samples that are sent: of several with the same content only the first is. */
export function sentOf<Sample extends { sameAs?: string | undefined }>(samples: readonly Sample[]): Sample[] {
  return samples.filter(({ sameAs }) => sameAs === undefined);
}

/** The length of all samples that are sent together, in seconds; undefined if that of one is unknown. */
export function secondsOf(samples: readonly LocalSample[]): number | undefined {
  const seconds = sentOf(samples).reduce((sum, { media }) => sum + (media?.seconds ?? NaN), 0);
  return Number.isNaN(seconds) ? undefined : seconds;
}
