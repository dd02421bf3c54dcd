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
