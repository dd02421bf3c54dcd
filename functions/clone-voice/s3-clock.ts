import type { S3Client } from '@aws-sdk/client-s3';
import { onAnswer } from '../../voice-folder/s3/quick-requests.ts';

/**
 * S3's time, from the `Date` header of its answers (RFC 9110, section 6.6.1). Used to compare leases,
 * deadlines and uploads, because host clocks differ: a host that was 30 seconds behind once made a second
 * voice.
 */
export interface S3Clock {
  /** Behind S3 by up to one second plus an answer's latency. Before the first answer, this host's time. */
  now(): Date;
  /** Sets the clock from an answer's date. */
  observe(date: Date): void;
}

/**
 * Creates a clock that shows this host's time until it is set.
 *
 * @param hostNow this host's time in milliseconds
 */
export function createS3Clock(hostNow: () => number = Date.now): S3Clock {
  let ahead = 0;
  return {
    now: () => new Date(hostNow() + ahead),
    observe(date) {
      ahead = date.getTime() - hostNow();
    },
  };
}

/** Sets the clock from each answer of S3. */
export function setByAnswersTo(s3: S3Client, clock: S3Clock): void {
  onAnswer(s3, ({ date = '' }) => {
    const time = Date.parse(date);
    if (!Number.isNaN(time)) clock.observe(new Date(time));
  });
}
