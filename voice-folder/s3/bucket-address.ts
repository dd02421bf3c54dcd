import {
  GetObjectCommand,
  type S3Client,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import type { HttpRequest } from '@smithy/core/protocols';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import type { Scope } from './sign.ts';

/** Where a bucket is, and how requests for it are signed. */
export interface Address extends Pick<HttpRequest, 'protocol' | 'hostname' | 'path'> {
  port: { port?: number };
  /** With the port. */
  host: string;
  /** How the SDK calls itself. */
  agent: string;
  scope: Scope;
}

/** By bucket, by the middleware that clients may share. */
const known = new WeakMap<S3Client['middlewareStack'], Map<string, Promise<Address | undefined>>>();

function addressesOf({ middlewareStack }: S3Client): Map<string, Promise<Address | undefined>> {
  const addresses = known.get(middlewareStack) ?? new Map<string, Promise<Address | undefined>>();
  known.set(middlewareStack, addresses);
  return addresses;
}

/** Where this client's requests for a bucket go; undefined if only the SDK can sign them. */
export function addressOf(s3: S3Client, bucket: string): Promise<Address | undefined> {
  const addresses = addressesOf(s3);
  const address = addresses.get(bucket) ?? byRules(s3, bucket);
  addresses.set(bucket, address);
  return address;
}

/** Remembers where this client, which follows redirects, lists a bucket, for {@link addressOf}. */
export function learnFromListings(s3: S3Client): void {
  const addresses = addressesOf(s3);
  const learn: FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> =
    (next, { commandName }) =>
    async (args) => {
      const answer = await next(args);
      const { Bucket = '' } = args.input as { Bucket?: string };
      const listing = commandName === 'ListObjectsV2Command' && asSigned(args.request as HttpRequest);
      if (listing) addresses.set(Bucket, Promise.resolve(listing));
      return answer;
    };
  s3.middlewareStack.addRelativeTo(learn, {
    name: 'learnFromListings',
    relation: 'after',
    toMiddleware: 'httpSigningMiddleware',
    override: true,
  });
}

/** By the SDK's rules. Undefined if it is not signed as any other would be: a directory bucket, or one in more than one region. */
async function byRules({ config }: S3Client, bucket: string): Promise<Address | undefined> {
  const { url, properties } = await getEndpointFromInstructions(
    { Bucket: bucket },
    GetObjectCommand,
    config as typeof config & Record<string, unknown>,
  );
  const [scheme] = properties?.authSchemes ?? [];
  if (scheme?.name !== 'sigv4') return undefined;
  const { protocol, hostname, pathname, port, host } = url;
  const agent = await config.defaultUserAgentProvider();
  return {
    protocol,
    hostname,
    path: pathname,
    host,
    agent: agent.map((pair) => pair.join('/')).join(' '),
    port: port === '' ? {} : { port: Number(port) },
    scope: { region: scheme.signingRegion, service: scheme.signingName },
  };
}

/** Where the SDK sent a request, likewise. */
function asSigned({ protocol, hostname, port, path, headers }: HttpRequest): Address | undefined {
  const {
    authorization = '',
    host = '',
    'user-agent': agent = '',
    'x-amz-s3session-token': session,
  } = headers;
  const [, region, service] =
    /^AWS4-HMAC-SHA256 Credential=[^,]*\/([^/,]+)\/([^/,]+)\/aws4_request,/.exec(authorization) ?? [];
  if (region === undefined || service === undefined || session !== undefined) return undefined;
  return {
    protocol,
    hostname,
    path,
    host,
    agent,
    port: port === undefined ? {} : { port },
    scope: { region, service },
  };
}
