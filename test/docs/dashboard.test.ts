import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { drawDashboard } from './dashboard.ts';

it('docs/images/dashboard.svg shows the dashboard as it is defined', async () => {
  const picture = readFileSync(new URL('../../docs/images/dashboard.svg', import.meta.url), 'utf8');
  // Not toBe: a failure would print all of it.
  expect(picture === (await drawDashboard())).toBe(true);
});
