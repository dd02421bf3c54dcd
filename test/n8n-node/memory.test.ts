import { execFile } from 'node:child_process';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { API_KEY } from '../support/api-key.ts';

it('n8n streams 300 MB of samples without holding them in memory', async () => {
  const api = await startCallersApiSimulator({ apiKey: API_KEY });
  const child = join(import.meta.dirname, 'clone-300-megabytes.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [child, api.url, API_KEY]);
  await api.close();
  const { before, after } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>;
  const added = Math.round(((after ?? Infinity) - (before ?? 0)) / 1024);
  // Bypasses the capture that hides the logs of passing tests.
  writeSync(
    1,
    `n8n node: 300 MB of samples added ${added} MB to a peak RSS of ${Math.round((before ?? 0) / 1024)} MB
`,
  );
  expect(api.requests[0]?.files.map(({ size }) => size)).toEqual([100e6, 100e6, 100e6]);
  expect(api.voices).toHaveLength(1);
  expect(added).toBeLessThan(60);
}, 120_000);
