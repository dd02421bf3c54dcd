import { execFile } from 'node:child_process';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { API_KEY } from '../support/api-key.ts';

it('n8n streams samples: 150 MB need hardly more memory than 30 MB', async () => {
  const [small = 0, large = Infinity] = await peaksFor(10e6, 50e6);
  // Bypasses the capture that hides the logs of passing tests.
  writeSync(1, `n8n node: peak RSS of ${small} MB for 30 MB of samples, ${large} MB for 150 MB\n`);
  expect(large - small).toBeLessThan(60);
});

/** The peak RSS in MB of a process that clones from three files of so many bytes, after each number in turn. */
async function peaksFor(...sizes: number[]): Promise<number[]> {
  const api = await startCallersApiSimulator({ apiKey: API_KEY });
  const child = join(import.meta.dirname, 'clone-large-files.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    child,
    api.url,
    API_KEY,
    ...sizes.map(String),
  ]);
  await api.close();
  expect(api.requests.map(({ files }) => files.map(({ size }) => size))).toEqual(
    sizes.map((bytes) => [bytes, bytes + 2, bytes + 4]),
  );
  expect(api.voices).toHaveLength(sizes.length);
  return stdout
    .trim()
    .split('\n')
    .slice(-sizes.length)
    .map((peak) => Math.round(Number(peak) / 1024));
}
