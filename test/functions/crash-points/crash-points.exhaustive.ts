import { expect, it } from 'vitest';
import { deliver } from '../../../functions/clone-voice/deliver.ts';
import { report } from '../../support/captured-logs.ts';
import { EXHAUSTIVE, explorations, orders } from './explorer.ts';

/*
 * Checks what `crash-points.test.ts` promises, with two accidents in a row, and for every order in which the effects of
 * two deliveries can interleave.
 */
it.each(explorations.map(({ name, explore }) => [name, explore] as const))('%s', async (name, explore) => {
  const { schedules, same, unknownWithoutVoice } = await explore(deliver, EXHAUSTIVE);
  const { sent, neverSent } = unknownWithoutVoice;
  report(
    `${String(schedules).padStart(6)} schedules, ${same} the same as others; unknown without a voice: ` +
      `${sent} sent, ${neverSent} never sent: ${name}`,
  );
  // Two deliveries have no more orders that differ.
  expect(schedules).toBeGreaterThan(name.includes('every order') ? 80 : 500);
});

/** Those of which all orders can be tried in seconds. */
const few = orders.filter(({ name }) => /at first: |clones: .*replaced/.test(name));

it.each(few.map(({ name, explore }) => [name, explore] as const))(
  '%s: those that are not tried lead to the same',
  async (_, explore) => {
    const { ends, schedules } = await explore(deliver, EXHAUSTIVE);
    const all = await explore(deliver, { ...EXHAUSTIVE, tryAll: true });
    expect(all.schedules).toBeGreaterThan(10 * schedules);
    expect(ends).toEqual(all.ends);
  },
);
