import { expect, it } from 'vitest';
import { deliver } from '../../../functions/clone-voice/deliver.ts';
import { report } from '../../support/captured-logs.ts';
import { EXHAUSTIVE, explorations } from './explorer.ts';

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
