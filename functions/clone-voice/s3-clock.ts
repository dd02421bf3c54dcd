import type { S3Client } from '@aws-sdk/client-s3';

/**
 * S3's time, by the `Date` of its answers (RFC 9110, section 6.6.1). Leases, deadlines and uploads are compared by it,
 * because the clocks of two hosts differ: a host that was 30 seconds behind made a second voice.
 */
export interface S3Clock {
  /** Up to a second and the time of an answer behind S3. Before the first answer it is this host's time. */
  now(): Date;
  /** Sets the clock by what an answer says. */
  observe(date: Date): void;
}

/** @param hostNow this host's time in milliseconds */
export function createS3Clock(hostNow: () => number = Date.now): S3Clock {
  let ahead = 0;
  return {
    now: () => new Date(hostNow() + ahead),
    observe(date) {
      ahead = date.getTime() - hostNow();
    },
  };
}

/** Sets the clock by each answer that the client gets. */
export function setByAnswersTo(client: S3Client, clock: S3Clock): void {
  client.middlewareStack.add(
    (next) => async (request) => {
      try {
        const result = await next(request);
        observe(clock, result.response);
        return result;
      } catch (error) {
        observe(clock, (error as { $response?: unknown }).$response);
        throw error;
      }
    },
    // Around the deserializer, which throws what S3 answers with an error.
    { step: 'deserialize', priority: 'high', name: 'setS3Clock' },
  );
}

function observe(clock: S3Clock, response: unknown): void {
  const { headers } = (response ?? {}) as { headers?: Record<string, string> };
  const date = Date.parse(headers?.['date'] ?? '');
  if (!Number.isNaN(date)) clock.observe(new Date(date));
}
