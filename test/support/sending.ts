import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Behavior } from '../../emulators/callers-api/behaviors.ts';
import { type CallersApiSimulator, startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import type { CallersApiSimulatorOptions } from '../../emulators/callers-api/simulator-options.ts';
import { sendCloneRequest, type Stopped } from '../../functions/clone-voice/send/send-clone-request.ts';
import { buildCloneRequest } from '../../shared/clone-request.ts';
import type { CloneSettings } from '../../shared/clone-settings.ts';
import type { CloneOutcome } from '../../shared/outcome.ts';
import { API_KEY } from './api-key.ts';
import { openSources, sampleOf, type WatchedSample } from './samples.ts';
import type { RawServer } from './servers.ts';
import { wav } from './wav.ts';

/** More than all the buffers between two ends of a connection hold. */
export const MUCH = 64 * 1024 * 1024;

/** What is closed after the test. */
export const running: { close(): Promise<void> }[] = [];
/** Every request that a client in this process made during the test. */
export const clientRequests: ClientRequest[] = [];
let resourcesBefore: Map<string, number>;

const keepRequest = (message: unknown) =>
  clientRequests.push((message as { request: ClientRequest }).request);

beforeEach(() => {
  resourcesBefore = activeResources();
  clientRequests.length = 0;
  subscribe('http.client.request.created', keepRequest);
});

/** Whatever the outcome, the call may leave nothing that keeps a process alive. */
afterEach(async () => {
  unsubscribe('http.client.request.created', keepRequest);
  await Promise.all(running.splice(0).map((server) => server.close()));
  // Closing takes more turns, and the test runner's own timers come and go.
  const patience = performance.now() + 20_000;
  while (leftOver().length > 0 && performance.now() < patience) await turn();
  if (leftOver().length > 0) throw new Error(`The call left behind: ${leftOver().join(', ')}`);
});

/** What keeps this process alive, and how often; only of the kinds that a call could leave behind. */
function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (/TCP|TLS|Timeout|GetAddrInfo/.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function leftOver(): string[] {
  return [...activeResources()].flatMap(([kind, count]) =>
    count > (resourcesBefore.get(kind) ?? 0) ? [kind] : [],
  );
}

/**
 * Starts an API simulator, which the end of the test stops.
 *
 * @param behavior for the next request
 */
export async function simulate(
  behavior?: Behavior,
  options?: CallersApiSimulatorOptions,
): Promise<CallersApiSimulator> {
  const simulator = await startCallersApiSimulator(options);
  running.push(simulator);
  if (behavior) simulator.behaveNext(behavior);
  return simulator;
}

/** Waits for a server to start, which the end of the test stops. */
export async function raw(starting: Promise<RawServer>): Promise<RawServer> {
  const server = await starting;
  running.push(server);
  return server;
}

interface Sending {
  samples?: readonly WatchedSample[];
  settings?: CloneSettings;
  apiKey?: string;
  subOrganizationId?: string;
  timeoutSeconds?: number;
  mayBegin?: Promise<unknown>;
  mayEnd?: () => Promise<unknown>;
}

/** Sends to that server, and checks what holds whatever the outcome is. */
export async function send(
  to: { url: string },
  { samples = [sampleOf(wav(3_000))], settings, apiKey = API_KEY, subOrganizationId, ...rest }: Sending = {},
): Promise<CloneOutcome | Stopped> {
  const request = buildCloneRequest({
    apiUrl: to.url,
    apiKey,
    ...(subOrganizationId !== undefined && { subOrganizationId }),
    settings: settings ?? { name: 'Alice Smith' },
    samples,
  });
  const outcome = await sendCloneRequest(request, { timeoutSeconds: 3_600, ...rest });
  expect(openSources(samples)).toEqual([]);
  expect(JSON.stringify(outcome)).not.toContain(apiKey);
  for (const made of clientRequests) {
    expect(made.destroyed).toBe(true);
    expect(made.socket?.destroyed ?? true).toBe(true);
  }
  return outcome;
}

/** The simulator, once all of its requests have ended: no voice and no whole body. */
export async function expectNothingArrivedWhole(simulator: CallersApiSimulator): Promise<void> {
  await simulator.close();
  expect(simulator.voices).toEqual([]);
  expect(simulator.requests.filter(({ complete }) => complete)).toEqual([]);
}
