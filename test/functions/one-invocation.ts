import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createHandler, type HandlerOptions } from '../../functions/clone-voice/handler.ts';

/** What the program is told, as JSON in its first argument; the rest is in its environment. */
export interface OneInvocation {
  event: SQSEvent;
  /** How long the invocation may take. */
  seconds: number;
  options: HandlerOptions;
}

/** What the program writes to its file descriptor 3, as JSON, once the function has returned. */
export interface Returned {
  response: SQSBatchResponse;
  /** All that is still open or under way then. Idle connections that are kept alive to AWS do not count. */
  left: string[];
}

/** Its exit status when Lambda would have ended the invocation, or something that it left still runs by then. */
const OUT_OF_TIME = 70;

/**
 * Calls the function once, as Lambda does, and then does nothing more: the process ends by itself as soon as there is
 * nothing left that keeps it alive.
 */
async function main({ event, seconds, options }: OneInvocation): Promise<void> {
  const requests: ClientRequest[] = [];
  const sockets: Socket[] = [];
  subscribe('http.client.request.created', (message) => {
    requests.push((message as { request: ClientRequest }).request);
  });
  subscribe('net.client.socket', (message) => {
    sockets.push((message as { socket: Socket }).socket);
  });
  const handler = createHandler(process.env, options);
  // They are opened when something is first written to them.
  process.stdout.write('');
  process.stderr.write('');
  const before = process.getActiveResourcesInfo();

  const end = Date.now() + seconds * 1000;
  setTimeout(() => process.exit(OUT_OF_TIME), seconds * 1000).unref();
  const context = { awsRequestId: 'hangs', getRemainingTimeInMillis: () => end - Date.now() } as Context;
  const response = await handler(event, context);
  // What was closed is gone a few turns later.
  for (let turn = 0; turn < 5; turn++) await setImmediate();

  const { hostname, port } = new URL(process.env['CALLERS_API_URL'] ?? '');
  const left = [
    ...without(process.getActiveResourcesInfo(), before),
    ...requests.filter(({ closed }) => !closed).map(({ method, path }) => `${method} ${path}`),
    ...sockets
      .filter(({ destroyed, remotePort }) => !destroyed && String(remotePort) === port)
      .map(() => `a connection to ${hostname}:${port}`),
  ];
  writeSync(3, JSON.stringify({ response, left } satisfies Returned));
}

function without(all: readonly string[], some: readonly string[]): string[] {
  const rest = [...all];
  for (const each of some) {
    const at = rest.indexOf(each);
    if (at >= 0) rest.splice(at, 1);
  }
  return rest;
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '') as OneInvocation);
