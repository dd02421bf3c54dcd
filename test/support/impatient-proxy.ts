import { request as open, type ServerResponse } from 'node:http';
import { type LocalServer, startLocalServer } from './local-server.ts';

/**
 * A proxy like Varnish 7.1.1: it delivers the whole request, and if no byte of an answer comes within its limit, it
 * hangs up on its backend and answers 503 with `Retry-After: 5`.
 */
export function startImpatientProxy(backend: string, limitMilliseconds: number): Promise<LocalServer> {
  return startLocalServer((received, response) => {
    const { method, url, headers } = received;
    const onward = open(new URL(url ?? '/', backend), { method, headers, agent: false }, (answer) => {
      clearTimeout(timer);
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    let timer: NodeJS.Timeout | undefined;
    received.pipe(onward).once('finish', () => {
      timer = setTimeout(() => onward.destroy(), limitMilliseconds);
    });
    onward.once('error', () => giveUp(response));
  });
}

function giveUp(response: ServerResponse): void {
  if (response.headersSent) return;
  response.writeHead(503, { 'Retry-After': '5', 'Content-Type': 'text/html' });
  response.end('<!DOCTYPE html><title>503 Backend fetch failed</title>');
}
