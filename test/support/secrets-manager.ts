import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A Secrets Manager with one secret. */
export interface SecretsManager {
  url: string;
  /** The value of every secret, text or binary; undefined if there is none. */
  value: string | Buffer | undefined;
  /** If set, every request fails with this error code, and message. */
  failure: { code: string; message: string } | undefined;
  /** The identifiers of the secrets that were requested. */
  reads: string[];
  close(): void;
}

/** The part of Secrets Manager that the function uses: no emulator on npm has it. */
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
        ? { status: 200, body: { Name: 'callers', ...stored(secrets.value) } }
        : { status: 400, body: failureBody(secrets.failure ?? noValue) };
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  }

  return secrets;
}

const noValue = {
  code: 'ResourceNotFoundException',
  message: 'Secrets Manager can’t find the specified secret value for staging label: AWSCURRENT',
};

function failureBody({ code, message }: { code: string; message: string }): object {
  return { __type: code, message };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_ResponseSyntax */
function stored(value: string | Buffer): object {
  return typeof value === 'string' ? { SecretString: value } : { SecretBinary: value.toString('base64') };
}
