import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface SecretsManager {
  url: string;
  /** What every secret holds; undefined when there is none. */
  value: string | undefined;
  /** The code of the error that everything is answered with instead. */
  failure: string | undefined;
  /** The secrets that were asked for, by the identifier that was given. */
  reads: string[];
  close(): void;
}

/** Secrets Manager, as far as the function uses it: no emulator on npm has it. */
export async function startSecretsManager(value?: string): Promise<SecretsManager> {
  const server = http.createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const secrets: SecretsManager = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    value,
    failure: undefined,
    reads: [],
    close: () => void server.close(),
  };

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { SecretId } = (await json(request)) as { SecretId: string };
    secrets.reads.push(SecretId);
    const asked = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    const { status, body } =
      asked && secrets.value !== undefined && secrets.failure === undefined
        ? { status: 200, body: { Name: 'callers', SecretString: secrets.value } }
        : { status: 400, body: { __type: secrets.failure ?? 'ResourceNotFoundException', message: 'no' } };
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  }

  return secrets;
}
