import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { type CallersApiSimulator, startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { API_KEY } from '../support/api-key.ts';
import { wav } from '../support/wav.ts';
import { type Engine, openBinaryFiles, type RunOptions, startEngine } from './engine.ts';

/** What the tests of the node share: the engine of a test file, and the API of each test. */
export let engine: Engine;
export let api: CallersApiSimulator;

beforeAll(async () => {
  engine = await startEngine(() => api.url, API_KEY);
});
afterAll(() => engine.close());
beforeEach(async () => {
  api = await startCallersApiSimulator({ apiKey: API_KEY, subOrganizations: ['sub-1', '42'] });
});
afterEach(async () => {
  await api.close();
  // Node closes a destroyed file asynchronously.
  await vi.waitFor(() => {
    const open = openBinaryFiles();
    if (open.length > 0) throw new Error(`files were left open: ${open.join(', ')}`);
  }, patience);
});

/** How long, and how often, `vi.waitFor` tries. */
export const patience = { timeout: 30_000, interval: 10 };
/** n8n delivers a file from the first in chunks, from the others at once. */
export const storages = ['filesystem-v2', 'default', 's3'] as const;
/** A small WAV. */
export const one = { name: 'one.wav', content: wav(5_000) };
/** Another small WAV. */
export const two = { name: 'two.wav', content: wav(6_000) };
/** An MP3 by its name. */
export const three = { name: 'three.mp3', content: wav(7_000) };
/** More than n8n delivers in one chunk: 8 MB. */
export const large = { name: 'large.wav', content: wav(8_000_000) };

/** Names of the files in each request. */
export const sent = () => api.requests.map(({ files }) => files.map(({ filename }) => filename));

/** Runs the node, by default for an item with one file. */
export const run = (options: RunOptions = {}) =>
  engine.run({ items: [{ files: { data: one } }], ...options });

/** Runs the node without an error. */
export async function success(options?: RunOptions) {
  const result = await run(options);
  expect(result.error).toBeUndefined();
  return result;
}

/** Runs the node with an error, and returns what the editor would show. */
export async function failure(options?: RunOptions) {
  const { error, run: ended } = await run(options);
  expect(JSON.stringify(ended)).not.toContain(API_KEY);
  expect(error).toBeDefined();
  return error;
}

/** A failure before anything is sent. */
export async function refusal(options?: RunOptions) {
  const error = await failure(options);
  expect(api.requests).toEqual([]);
  return error;
}
