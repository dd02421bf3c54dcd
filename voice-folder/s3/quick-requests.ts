import type { Readable } from 'node:stream';
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
  FinalizeRequestMiddleware,
  HttpHandlerOptions,
} from '@smithy/types';
import { type Scope, sign } from './sign.ts';

/*
 * For a small request, the SDK takes five times as long as Node needs to send it, and leaves as much more garbage. So the SDK
 * sends only the first listing of a bucket. Later requests are sent as that one was: to the same host, and signed for the same
 * region and service. If the answer is not what was asked for, the SDK takes over, with its knowledge of errors, redirects,
 * retries and clocks, as if that had been its own first attempt.
 */

/** How the SDK sent the last listing of each bucket, by the middleware that clients may share. */
const listings = new WeakMap<S3Client['middlewareStack'], Map<string, SignedListing>>();

/** Remembers how this client sends listings, so that {@link ask} can send requests like them. */
export function learnFromListings(s3: S3Client): void {
  if (listings.has(s3.middlewareStack)) return;
  const ofBuckets = new Map<string, SignedListing>();
  listings.set(s3.middlewareStack, ofBuckets);
  const learn: FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> =
    (next, { commandName }) =>
    async (args) => {
      const answer = await next(args);
      const { Bucket = '' } = args.input as { Bucket?: string };
      const listing = commandName === 'ListObjectsV2Command' && asSigned(args.request as HttpRequest);
      if (listing) ofBuckets.set(Bucket, listing);
      return answer;
    };
  s3.middlewareStack.addRelativeTo(learn, {
    name: 'learnFromListings',
    relation: 'after',
    toMiddleware: 'httpSigningMiddleware',
  });
}

/** A request without a body. */
export interface Wanted {
  method: 'GET' | 'HEAD';
  bucket: string;
  /** @default - the bucket itself */
  key?: string;
  /** In the order of its names. */
  query?: Record<string, string>;
  /** With names in lower case. */
  headers?: Record<string, string>;
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
 * The answer to a request, if it is 200; otherwise what the SDK returns. The quick request then counts as the SDK's first
 * attempt: it waits before the next one, and gives up as always.
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
  const request = await quickRequest(s3, wanted).catch(() => undefined);
  let first = request && s3.config.requestHandler.handle(request, options);
  const { response } = (await first?.catch(() => undefined)) ?? {};
  if (response?.statusCode === 200) {
    // Frees the connection.
    if (wanted.method === 'HEAD') (response.body as Readable).resume();
    return { quick: response };
  }
  const { abortSignal } = options;
  const forSdk = abortSignal ? { abortSignal } : {};
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
    // If the SDK gives up at once, only the quick request may have been wrong.
    if (!request || (error as { $metadata?: { attempts?: number } }).$metadata?.attempts !== 1) throw error;
    return { output: await s3.send(commandOf(), forSdk) };
  }
}

/** A signed request for the client's handler; undefined if the SDK has to send it. */
async function quickRequest(
  s3: S3Client,
  { method, bucket, key, query = {}, headers }: Wanted,
): Promise<HttpRequest | undefined> {
  const listing = listings.get(s3.middlewareStack)?.get(bucket);
  if (!listing) return undefined;
  const { protocol, hostname, port, scope } = listing;
  const path = key === undefined ? listing.path : `${listing.path.replace(/\/$/, '')}/${escapeUriPath(key)}`;
  const { host = '', 'user-agent': agent = '', 'x-amz-expected-bucket-owner': owner } = listing.headers;
  const signed = sign(
    {
      method,
      host,
      path,
      query: buildQueryString(query),
      headers: { ...headers, ...(owner !== undefined && { 'x-amz-expected-bucket-owner': owner }) },
    },
    await s3.config.credentials(),
    scope,
    new Date(Date.now() + s3.config.systemClockOffset),
  );
  return new HttpRequest({
    method,
    protocol,
    hostname,
    path,
    query,
    headers: { ...signed, 'user-agent': agent },
    ...port,
  });
}

interface SignedListing extends Pick<HttpRequest, 'protocol' | 'hostname' | 'path' | 'headers'> {
  port: { port?: number };
  scope: Scope;
}

/** Undefined if it was not signed as any other would be: for a directory bucket, or in more than one region. */
function asSigned({ protocol, hostname, port, path, headers }: HttpRequest): SignedListing | undefined {
  const { authorization = '', 'x-amz-s3session-token': session } = headers;
  const [, region, service] =
    /^AWS4-HMAC-SHA256 Credential=[^,]*\/([^/,]+)\/([^/,]+)\/aws4_request,/.exec(authorization) ?? [];
  if (region === undefined || service === undefined || session !== undefined) return undefined;
  return {
    protocol,
    hostname,
    path,
    headers,
    port: port === undefined ? {} : { port },
    scope: { region, service },
  };
}
