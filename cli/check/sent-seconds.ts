import { sentOf } from '../../voice-folder/sent-samples.ts';
import type { LocalSample } from './checked-folder.ts';

/** The length of all samples that are sent together, in seconds; undefined if that of one is unknown. */
export function secondsOf(samples: readonly LocalSample[]): number | undefined {
  const seconds = sentOf(samples).reduce((sum, { media }) => sum + (media?.seconds ?? NaN), 0);
  return Number.isNaN(seconds) ? undefined : seconds;
}
