import { afterAll, afterEach, vi } from 'vitest';
import { API_KEY } from './api-key.ts';

/**
 * Captures logs while tests run. Shows them if a test fails, and searches all of them for the API key, which must never
 * be in a log.
 */
// The stream's own: the worker's last file replaced `process.stdout.write`.
const write = (Object.getPrototypeOf(process.stdout) as NodeJS.WriteStream).write.bind(process.stdout);
let ofThisTest: string[] = [];
let leak: string | undefined;

/** The lines logged since this test began. */
export function logsOfThisTest(): string[] {
  return ofThisTest.join('').split('\n');
}

/** Prints a line even if the test passes. */
export function report(line: string): void {
  write(`${line}\n`);
}

function capture(text: string): void {
  ofThisTest.push(text);
  if (text.includes(API_KEY)) leak ??= text;
}

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array) => {
    capture(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    return true;
  };
}
for (const method of ['debug', 'info', 'log', 'warn', 'error'] as const) {
  console[method] = (...values: unknown[]) => capture(`${values.map(String).join(' ')}\n`);
}

afterEach(({ task }) => {
  if (task.result?.state === 'fail') write(ofThisTest.join(''));
  ofThisTest = [];
});

// The worker's next file starts as this one did: with the same variables, and modules of its own.
const variables = { ...process.env };
afterAll(() => {
  vi.resetModules();
  for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
  Object.assign(process.env, variables);
});

afterAll(() => {
  if (leak !== undefined) throw new Error(`The API key was logged: ${leak}`);
});
