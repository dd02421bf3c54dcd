import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type {
  S3Client,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { buildQueryString, escapeUriPath, HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import type {
  Command,
  DeserializeHandler,
  DeserializeHandlerArguments,
  HttpHandlerOptions,
} from '@smithy/types';
import { addressOf } from './bucket-address.ts';
import { sign } from './sign.ts';

/*
 * For a small request, the SDK takes five times as long as Node needs to send it, and leaves as much more garbage; the first
 * ones of a process take it a third of a small clone. So requests are sent without it: to the host, and signed for the region,
 * that its rules name, or to which it last sent a listing of the bucket. If the answer is not what was asked for, the SDK takes
 * over, with its knowledge of errors, redirects, retries and clocks, as if that had been its own first attempt.
 */

/** The accounts that buckets must belong to, by the middleware that clients may share. */
const owners = new WeakMap<S3Client['middlewareStack'], string>();

/** Makes S3 refuse every request for a bucket of another account ("Verifying bucket ownership", Amazon S3 User Guide). */
export function expectOwner(s3: S3Client, owner: string): void {
  owners.set(s3.middlewareStack, owner);
  s3.middlewareStack.add(
    (next) => (args) => next({ ...args, input: { ...args.input, ExpectedBucketOwner: owner } }),
    { step: 'initialize', name: 'expectOwner' },
  );
}

/** Calls back with the headers of each answer of S3, also one that is an error. Their names are in lower case. */
export function onAnswer(s3: S3Client, tell: (headers: Record<string, string>) => void): void {
  const { requestHandler } = s3.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (...parameters) => {
    const answer = await handle(...parameters);
    tell(answer.response.headers);
    return answer;
  };
}

/** A request without the SDK. */
export interface Wanted {
  method: 'GET' | 'HEAD' | 'PUT';
  bucket: string;
  /** @default - the bucket itself */
  key?: string;
  /** In the order of its names. */
  query?: Record<string, string>;
  /** With names in lower case. */
  headers?: Record<string, string>;
  /** @default - none */
  body?: string;
  /** Whether S3's own answer that there is no such object, status 404, is an answer like any other; its body is read. */
  mayBeMissing?: boolean;
}

/** A command of the SDK. */
export type S3Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Command<
  ServiceInputTypes,
  Input,
  ServiceOutputTypes,
  Output,
  S3ClientResolvedConfig
>;

/**
 * The answer to a request, if it is what was wanted; otherwise what the SDK returns. The quick request then counts as the SDK's
 * first attempt: it waits before the next one, and gives up as always.
 *
 * @param commandOf makes the command that asks for the same
 * @param options of the quick request; the SDK gets only the signal
 * @throws as the SDK does
 */
export async function ask<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  s3: S3Client,
  wanted: Wanted,
  commandOf: () => S3Command<Input, Output>,
  options: HttpHandlerOptions = {},
): Promise<{ quick: HttpResponse } | { output: Output }> {
  const { abortSignal } = options;
  const forSdk = abortSignal ? { abortSignal } : {};
  const request = await quickRequest(s3, wanted).catch(() => undefined);
  if (!request) return { output: await s3.send(commandOf(), forSdk) };
  let first: Promise<{ response: HttpResponse }> | undefined = s3.config.requestHandler.handle(
    request,
    options,
  );
  const { response } = (await first.catch(() => undefined)) ?? {};
  if (response?.statusCode === 200) {
    // Frees the connection.
    if (wanted.method !== 'GET') (response.body as Readable).resume();
    return { quick: response };
  }
  if (response?.statusCode === 404 && wanted.mayBeMissing === true) {
    const said = await text(response.body as Readable).catch(() => '');
    if (said.includes('<Code>NoSuchKey</Code>')) return { quick: response };
    // To be read by the SDK.
    response.body = Readable.from([said]);
  }
  const command = commandOf();
  command.middlewareStack.add(
    (next: DeserializeHandler<Input, Output>) => (args: DeserializeHandlerArguments<Input>) => {
      const tried = first;
      first = undefined;
      return tried ?? next(args);
    },
    { step: 'deserialize', priority: 'low' },
  );
  try {
    return { output: await s3.send(command, forSdk) };
  } catch (error) {
    // If the SDK gives up reading at once, only the quick request may have been wrong. A refused write is not sent again.
    const { attempts } = (error as { $metadata?: { attempts?: number } }).$metadata ?? {};
    if (wanted.method === 'PUT' || attempts !== 1) throw error;
    return { output: await s3.send(commandOf(), forSdk) };
  }
}

/** A signed request for the client's handler; undefined if the SDK has to send it. */
async function quickRequest(
  s3: S3Client,
  { method, bucket, key, query = {}, headers, body }: Wanted,
): Promise<HttpRequest | undefined> {
  const address = await addressOf(s3, bucket);
  if (!address) return undefined;
  const { protocol, hostname, port, host, agent, scope } = address;
  const path = `${address.path.replace(/\/$/, '')}/${key === undefined ? '' : escapeUriPath(key)}`;
  const owner = owners.get(s3.middlewareStack);
  const signed = sign(
    {
      method,
      host,
      path,
      query: buildQueryString(query),
      headers: {
        ...headers,
        ...(owner !== undefined && { 'x-amz-expected-bucket-owner': owner }),
        ...(body !== undefined && (await headersOf(s3, body))),
      },
      body,
    },
    await s3.config.credentials(),
    scope,
    new Date(Date.now() + s3.config.systemClockOffset),
  );
  // By which Lambda notices functions that invoke themselves ("Lambda recursive loop detection", AWS Lambda Developer Guide).
  const trace = process.env['_X_AMZN_TRACE_ID'];
  return new HttpRequest({
    method,
    protocol,
    hostname,
    path,
    query,
    headers: { ...signed, 'user-agent': agent, ...(trace && { 'x-amzn-trace-id': trace }) },
    ...port,
    body,
  });
}

/** As the SDK would, which a variable can keep from checksums. A bucket with Object Lock demands one. */
async function headersOf({ config }: S3Client, body: string): Promise<Record<string, string>> {
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  if ((await config.requestChecksumCalculation()) !== 'WHEN_SUPPORTED') return length;
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return {
    ...length,
    'x-amz-sdk-checksum-algorithm': 'CRC32',
    'x-amz-checksum-crc32': checksum.toString('base64'),
  };
}
