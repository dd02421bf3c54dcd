import { expect, it } from 'vitest';
import { deliver } from '../../../functions/clone-voice/deliver.ts';
import { explorations, SHALLOW } from './explorer.ts';

/*
 * A call after which there may be a voice is never followed by another unless a person asks for it, and every drop ends
 * in a result that is true: at every point where a function can die, and in some orders in which two deliveries can mix.
 * `npm run test:exhaustive` also has it die at two points in a row, and tries every order.
 */
it.each(explorations.map(({ name, explore }) => [name, explore] as const))('%s', async (_, explore) => {
  const { schedules } = await explore(deliver, SHALLOW);
  expect(schedules).toBeGreaterThan(20);
});
