import { readFile } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  S3Client,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS } from '@smithy/core/config';
import type { FinalizeHandler, FinalizeHandlerArguments } from '@smithy/types';
import { exitCodes, ProgramError, say } from '../output.ts';
import { credentialsOf } from './credentials.ts';
import { refuseOtherServers } from './not-s3.ts';
import { s3Transport, type TransportRequestOptions } from './transport.ts';
import type { Silence } from './watchdog.ts';

/** S3 options from the command line; omitted ones come from the environment and `~/.aws`. */
export interface S3Options {
  profile?: string;
  region?: string;
  endpointUrl?: string;
  /** Whether to show requests and answers. */
  debug?: boolean;
  /** Called with lines for the user. @default - prints to standard error */
  note?: (line: string) => void;
}

/**
 * Creates an S3 client with the AWS CLI's precedence: options, then the environment, then `~/.aws`. Without a
 * region, starts with us-east-1 and follows redirects to the bucket's region.
 *
 * @throws {ProgramError} if the certificates of `AWS_CA_BUNDLE` cannot be read
 */
export async function connectToS3(options: S3Options = {}): Promise<S3Client> {
  const { profile, endpointUrl, debug, note = say } = options;
  // The SDK reads a profile's endpoint only if this variable is set.
  if (profile !== undefined) process.env['AWS_PROFILE'] = profile;
  const region =
    options.region ?? (await configured('region', ['AWS_REGION', 'AWS_DEFAULT_REGION'], profile));
  const onDebug = debug ? say : undefined;
  const transport = s3Transport({
    ca: await certificates(profile),
    onSilence: (silence) => note(waitingFor(silence)),
    onDebug,
  });
  const s3 = new S3Client({
    ...(profile !== undefined && { profile }),
    credentials: credentialsOf(profile, transport),
    region: region ?? 'us-east-1',
    ...(endpointUrl && { endpoint: endpointUrl }),
    followRegionRedirects: true,
    // Silences the SDK's warnings for developers, such as for --profile with keys in the environment.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    requestHandler: transport,
  });
  usePathsElsewhere(s3);
  refuseOtherServers(s3);
  hashBodiesOnce(s3);
  onDebug?.(
    `AWS: profile ${profile ?? process.env['AWS_PROFILE'] ?? 'default'}, region ${region ?? 'us-east-1 (none is set)'}`,
  );
  // Before anything is drawn on the terminal, because it may ask for an MFA code. Requests report what it throws.
  await s3.config.credentials().catch(() => {});
  return s3;
}

/**
 * A client whose requests are aborted by the signal. Exempt are the requests that create and abort a
 * multipart upload: without them, its parts could not be deleted.
 *
 * @param onSent called with the number of body bytes sent; negative if bytes have to be sent again
 */
export function abortable(
  s3: S3Client,
  signal: AbortSignal,
  onSent: TransportRequestOptions['onSent'] = () => {},
): S3Client {
  const client = Object.create(s3) as S3Client;
  const send = s3.send.bind(s3) as (command: object, options?: object) => Promise<never>;
  client.send = (command: object) =>
    command instanceof CreateMultipartUploadCommand || command instanceof AbortMultipartUploadCommand
      ? send(command)
      : send(command, { abortSignal: signal, onSent });
  return client;
}

/** A body that comes with its SHA-256 would be hashed once more for the signature, which costs as much as sending it. */
function hashBodiesOnce(s3: S3Client): void {
  s3.middlewareStack.addRelativeTo(
    (next: FinalizeHandler<ServiceInputTypes, ServiceOutputTypes>) =>
      (args: FinalizeHandlerArguments<ServiceInputTypes>) => {
        const { headers } = args.request as { headers: Record<string, string> };
        const checksum = headers['x-amz-checksum-sha256'];
        if (checksum) headers['x-amz-content-sha256'] = Buffer.from(checksum, 'base64').toString('hex');
        return next(args);
      },
    { name: 'hashBodiesOnce', relation: 'before', toMiddleware: 'httpSigningMiddleware' },
  );
}

/** Uses path-style URLs for endpoints other than Amazon's, because few support a host name per bucket. */
function usePathsElsewhere(s3: S3Client): void {
  const { endpointProvider } = s3.config;
  s3.config.endpointProvider = (parameters, context) => {
    const host = parameters.Endpoint ? new URL(parameters.Endpoint).hostname : '';
    const isElsewhere = host !== '' && !/\.(amazonaws\.com(\.cn)?|api\.aws)$/.test(host);
    return endpointProvider(isElsewhere ? { ...parameters, ForcePathStyle: true } : parameters, context);
  };
}

/** Reads a setting from the first variable that is set, or else from the profile. */
async function configured(
  key: string,
  variables: readonly string[],
  profile: string | undefined,
): Promise<string | undefined> {
  const value = await loadConfig(
    {
      environmentVariableSelector: (env) => variables.map((name) => env[name]).find(Boolean),
      configFileSelector: (section) => section[key],
      default: '',
    },
    { ...NODE_REGION_CONFIG_FILE_OPTIONS, ...(profile && { profile }) },
  )();
  return value || undefined;
}

async function certificates(profile: string | undefined): Promise<Buffer | undefined> {
  const path = await configured('ca_bundle', ['AWS_CA_BUNDLE'], profile);
  if (path === undefined) return undefined;
  return readFile(path).catch((error: Error) => {
    const message = `The certificates of AWS_CA_BUNDLE (or ca_bundle) cannot be read: ${error.message}`;
    throw new ProgramError(message, exitCodes.aws);
  });
}

function waitingFor({ host, request, isSent, limit }: Silence): string {
  const what = isSent
    ? 'the request was sent, but there is no answer yet'
    : 'no data was transferred for 5 seconds';
  return `Waiting for ${host} (${request}): ${what}; times out after ${limit} seconds without data`;
}
