import { expect, it } from 'vitest';
import { outcomeOf } from '../../shared/outcome.ts';

it.each([
  [0, 'notSent'],
  [5, 'notSent'],
  [5.1, 'unknown'],
])('429 that comes %d seconds after the end of the body means %s', (seconds, kind) => {
  const answer = { kind: 'answered', status: 429, body: '', retryAfter: '1' } as const;
  expect(outcomeOf(answer, true, seconds).kind).toBe(kind);
});

it.each([
  ...[302, 303, 406, 408, 409, 418, 424, 444, 460, 499, 500, 502, 503, 504, 520, 561, 599, 999].map(
    (status) => [status, 'notSent', 'unknown'] as const,
  ),
  ...[301, 307, 400, 401, 403, 404, 413, 422, 451].map((status) => [status, 'rejected', 'rejected'] as const),
])('%d means %s before the end of the body, and %s after it', (status, early, after) => {
  const answer = { kind: 'answered', status, body: '' } as const;
  expect([false, true].map((sent) => outcomeOf(answer, sent, 0).kind)).toEqual([early, after]);
});
