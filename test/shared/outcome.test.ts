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
  [0, '<title>404 Not Found</title>', 'rejected'],
  [5.1, '<title>404 Not Found</title>', 'unknown'],
  [5.1, '{"message":"Sub-organization not found"}', 'rejected'],
])('404 that comes %d seconds after the end of the body with %s means %s', (seconds, body, kind) => {
  expect(outcomeOf({ kind: 'answered', status: 404, body }, true, seconds).kind).toBe(kind);
});
