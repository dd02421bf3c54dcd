import { execFile } from 'node:child_process';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { API_KEY } from '../support/api-key.ts';

it('n8n streams samples: 150 MB need hardly more memory than 30 MB', async () => {
  const [small, large] = await Promise.all([peakFor(10e6), peakFor(50e6)]);
  // Bypasses the capture that hides the logs of passing tests.
  writeSync(1, `n8n node: peak RSS of ${small} MB for 30 MB of samples, ${large} MB for 150 MB\n`);
  expect(large - small).toBeLessThan(60);
});

/** The peak RSS in MB of a process that clones from three files of so many bytes. */
async function peakFor(bytes: number): Promise<number> {
  const api = await startCallersApiSimulator({ apiKey: API_KEY });
  const child = join(import.meta.dirname, 'clone-large-files.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [child, api.url, API_KEY, String(bytes)]);
  await api.close();
  expect(api.requests[0]?.files.map(({ size }) => size)).toEqual([bytes, bytes + 2, bytes + 4]);
  expect(api.voices).toHaveLength(1);
  return Math.round(Number(stdout.trim().split('\n').at(-1)) / 1024);
}
