import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedRequest } from './received-request.ts';

/** One request being handled. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The TCP socket, also under TLS. */
  socket: Socket;
  /** Aborted when the response was sent or its connection closed. */
  gone: AbortSignal;
  received: ReceivedRequest;
}

/** Resolves once the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Waits for the given time, or until the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
