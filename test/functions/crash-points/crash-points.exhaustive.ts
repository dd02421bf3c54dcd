import { expect, it } from 'vitest';
import { cloneFolder } from '../../../functions/clone-voice/clone-folder.ts';
import { report } from '../../support/captured-logs.ts';
import { EXHAUSTIVE, explorations } from './explorer.ts';

/*
 * What `crash-points.test.ts` promises, at two points in a row where a function can die, and in every order in which two
 * deliveries can mix.
 */
it.each(explorations)('$name', async ({ name, explore }) => {
  const { schedules, unknownWithoutVoice } = await explore(cloneFolder, EXHAUSTIVE);
  const { sent, neverSent } = unknownWithoutVoice;
  report(
    `${String(schedules).padStart(6)} schedules, unknown without a voice ${sent} (the API had all) + ${neverSent}: ${name}`,
  );
  expect(schedules).toBeGreaterThan(500);
});
