import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../release/build-program.ts';

/**
 * Vitest's global setup: builds the program that tests start hundreds of times, because it starts in two thirds of the time
 * that its sources take.
 */
export default async function buildOnce(): Promise<() => void> {
  // Another run of the tests must not lose its program.
  const cache = new URL(`../../node_modules/.cache/program-${process.pid}`, import.meta.url);
  const folder = await buildProgram(fileURLToPath(cache));
  process.env['PROGRAM'] = JSON.stringify([process.execPath, join(folder, 'dist/main.js')]);
  // `npm run test:packages` runs the same tests with a process for each.
  process.env['WARM_PROGRAM'] = 'yes';
  // Processes that have just been ended may still keep what they compiled.
  return () => rmSync(folder, { recursive: true, maxRetries: 5 });
}
