import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import type { ForcedAnswer } from './behaviors.ts';
import { type Exchange, pause, untilAborted } from './exchange.ts';
import type { ReceivedRequest } from './received-request.ts';

/** An HTTP answer; its body is sent as JSON, or as it is if it is a string. */
export interface Answer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body: unknown;
}

/** A NestJS exception, as serialized. */
export function errorAnswer<M extends string | string[]>(status: number, message: M, error?: string) {
  return { status, body: { statusCode: status, message, ...(error !== undefined && { error }) } };
}

/** NestJS's answer to an invalid request, with all its problems. */
export function badRequest(problems: string[]): Answer {
  return errorAnswer(400, problems, 'Bad Request');
}

/** The answer that a behavior demands: without a body, the usual one for its status. */
export function forcedAnswer(
  { status, body, headers = {} }: ForcedAnswer,
  { voices }: ReceivedRequest,
): Answer {
  const usual =
    status >= 200 && status < 300 ? voices : errorAnswer(status, STATUS_CODES[status] ?? 'Error').body;
  return { status, headers, body: body === undefined ? usual : body };
}

/** Writes the answer's head and returns the body's bytes; does nothing if the client has disconnected. */
function begin(
  { response, received, gone }: Exchange,
  { status, headers, body }: Answer,
  more: OutgoingHttpHeaders = {},
): Buffer | undefined {
  if (gone.aborted) return undefined;
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  received.status = status;
  response.writeHead(status, {
    'content-type':
      typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': bytes.length,
    ...more,
    ...headers,
  });
  return bytes;
}

/** Sends an answer, and waits until it is sent or the client has disconnected. */
export async function answer(exchange: Exchange, content: Answer): Promise<void> {
  const bytes = begin(exchange, content);
  if (!bytes) return;
  exchange.response.end(bytes);
  await untilAborted(exchange.gone);
}

const lingerMilliseconds = 500;

/**
 * Answers while the client is still sending. Does not call `response.end()`, because Node would then destroy
 * the socket; with unread bytes in it, the kernel sends a reset that can overtake the answer. So the answer
 * is sent with a FIN, and the connection is destroyed only after the client had time to read it.
 */
export async function answerEarly(exchange: Exchange, content: Answer): Promise<void> {
  const { response, request, gone } = exchange;
  const bytes = begin(exchange, content, { connection: 'close' });
  if (!bytes) return;
  response.flushHeaders();
  response.write(bytes);
  await new Promise<void>((resolve) => {
    request.socket.end(resolve);
  });
  void pause(lingerMilliseconds, gone).then(() => request.socket.destroy());
}

/** Sends part of an answer's body, by default half, and then resets the connection. */
export async function answerInPart(exchange: Exchange, content: Answer, afterBytes?: number): Promise<void> {
  const bytes = begin(exchange, content);
  if (!bytes) return;
  const part = bytes.subarray(0, afterBytes ?? Math.floor(bytes.length / 2));
  exchange.response.flushHeaders();
  await new Promise((resolve) => {
    exchange.response.write(part, resolve);
  });
  reset(exchange);
}

/** Sends an answer's body slowly. */
export async function trickle(exchange: Exchange, content: Answer, bytesPerSecond: number): Promise<void> {
  const { response, gone } = exchange;
  const bytes = begin(exchange, content);
  if (!bytes) return;
  const step = Math.max(1, Math.floor(bytesPerSecond / 20));
  response.flushHeaders();
  for (let sent = 0; sent < bytes.length && !gone.aborted; sent += step) {
    await pause((step / bytesPerSecond) * 1000, gone);
    if (!gone.aborted) response.write(bytes.subarray(sent, sent + step));
  }
  response.end();
  await untilAborted(gone);
}

/** Closes the connection with a TCP reset. */
export function reset({ socket }: Exchange): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
