import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Bench } from '../support/bench.ts';

/** A call as IAM judges it: "Actions, resources, and condition keys" in the Service Authorization Reference. */
export interface AwsCall {
  action: string;
  /** The ARN of the object or bucket; for other services, the name in the request. */
  resource: string;
  /** Only for a listing. */
  prefix?: string;
}

/** A server that stands in for AWS and records every call. */
export interface AwsRecorder {
  calls: AwsCall[];
  /** The bench's queue; SQS clients call the host that its URL names. */
  queueUrl: string;
  /** What Secrets Manager answers. */
  secret: { value: string };
  close(): void;
}

/**
 * Stands between the handler and everything of AWS that it calls, from the environment on: passes requests on to the
 * bench, answers for Secrets Manager itself, and keeps what IAM would be asked. Handlers must be made after it.
 */
export async function startAwsRecorder(bench: Bench): Promise<AwsRecorder> {
  const calls: AwsCall[] = [];
  const secret = { value: '' };
  const server = http.createServer((request, response) => void serve(request, response));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = String(request.headers['x-amz-target'] ?? '');
    const body = await buffer(request);
    const form = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    const [path = '', query] = (request.url ?? '').split('?');
    const name = `${request.method} ${decodeURIComponent(path)}`;
    const asked = () => s3Call(name, new URLSearchParams(query));
    const call = form ? queryCall(body) : target === '' ? asked() : jsonCall(target, body);
    calls.push(call);
    if (call.action === 'secretsmanager:GetSecretValue') {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ Name: call.resource, SecretString: secret.value }));
      return;
    }
    const to = target === '' && !form ? bench.proxy.url : bench.aws.endpoint;
    const forward = http.request(to + request.url, { method: request.method, headers: request.headers });
    forward.end(body);
    const [answer] = (await once(forward, 'response')) as [IncomingMessage];
    // S3 answers 404 only to callers that may list the bucket.
    if (call.action === 's3:GetObject' && answer.statusCode === 404) {
      calls.push({ action: 's3:ListBucket', resource: call.resource.replace(/\/.*/, '') });
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // One for all services, so that calls of unexpected services arrive here too.
  delete process.env['AWS_ENDPOINT_URL_S3'];
  delete process.env['AWS_ENDPOINT_URL_SQS'];
  delete process.env['AWS_ENDPOINT_URL_SNS'];
  process.env['AWS_ENDPOINT_URL'] = url;
  return {
    calls,
    queueUrl: url + new URL(bench.aws.queueUrl).pathname,
    secret,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param request such as `GET /bucket/key`, decoded and without its query */
export function s3Call(request: string, query: URLSearchParams): AwsCall {
  const [, method = '', bucket = '', key = ''] = /^(\w+) \/([^/]*)\/?(.*)$/s.exec(request) ?? [];
  const resource = `arn:aws:s3:::${bucket}${key && `/${key}`}`;
  if (method === 'GET' && key === '' && query.get('list-type') === '2') {
    const prefix = query.get('prefix');
    return { action: 's3:ListBucket', resource, ...(prefix !== null && { prefix }) };
  }
  if (method === 'GET' && key === '' && query.has('uploads')) {
    return { action: 's3:ListBucketMultipartUploads', resource };
  }
  // An unknown request gets a name that no one is granted.
  const known = new Set(['x-id', 'partNumber', 'uploadId', 'uploads']);
  const plain = key !== '' && [...query.keys()].every((name) => known.has(name));
  // HeadObject needs the permission to read the object.
  if (plain && (method === 'GET' || method === 'HEAD')) return { action: 's3:GetObject', resource };
  // A multipart upload begins and ends with a POST.
  if (plain && (method === 'PUT' || method === 'POST')) return { action: 's3:PutObject', resource };
  if (plain && method === 'DELETE' && query.has('uploadId')) {
    return { action: 's3:AbortMultipartUpload', resource };
  }
  return { action: `s3:${request}?${query.toString()}`, resource };
}

/** The query protocol, which SNS speaks, names the action in the body. */
function queryCall(body: Buffer): AwsCall {
  const form = new URLSearchParams(body.toString());
  return { action: `sns:${form.get('Action')}`, resource: form.get('TopicArn') ?? '' };
}

/** The JSON protocols name the action in a header: `AmazonSQS.DeleteMessage`, `secretsmanager.GetSecretValue`. */
function jsonCall(target: string, body: Buffer): AwsCall {
  const [service = '', name = ''] = target.split('.');
  const input = JSON.parse(body.toString()) as { QueueUrl?: string; SecretId?: string };
  const prefix = service === 'AmazonSQS' ? 'sqs' : service;
  return { action: `${prefix}:${name}`, resource: input.QueueUrl ?? input.SecretId ?? '' };
}
