import { expect, it } from 'vitest';
import { cloneFolder } from '../../../functions/clone-voice/clone-folder.ts';
import { report } from '../../support/captured-logs.ts';
import { explorations } from './explorer.ts';

/*
 * A call after which there may be a voice is never followed by another unless a person asks for it, and every drop ends
 * in a result that is true: at every point where a function can die, at two of them in a row, and in every order in
 * which two deliveries can mix.
 */
it.each(explorations)('$name', { timeout: 120_000 }, async ({ name, explore }) => {
  const { schedules, unknownWithoutVoice } = await explore(cloneFolder, 2);
  const { sent, neverSent } = unknownWithoutVoice;
  report(
    `${String(schedules).padStart(6)} schedules, unknown without a voice ${sent} (the API had all) + ${neverSent}: ${name}`,
  );
  expect(schedules).toBeGreaterThan(500);
});
