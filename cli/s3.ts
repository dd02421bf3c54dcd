import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { exitCodes, ProgramError } from './output.ts';

/**
 * S3 as the AWS configuration of this terminal says: environment, `AWS_PROFILE`, `~/.aws`. A bucket in another region
 * than the configured one is followed there.
 */
export function connectToS3(): S3Client {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  return new S3Client({
    followRegionRedirects: true,
    // An S3 of one's own rarely has a host name for each bucket.
    forcePathStyle: Boolean(AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL),
    // The SDK by itself waits for ever. What is idle, not what is slow, is given up: lines are slow where people are.
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 30_000 },
  });
}

/**
 * A client whose requests fail when the signal is aborted, but for two: an upload in parts that was begun must be known, or
 * its parts cannot be deleted.
 */
export function abortable(s3: S3Client, signal: AbortSignal): S3Client {
  const client = Object.create(s3) as S3Client;
  const send = s3.send.bind(s3) as (command: object, options?: object) => Promise<never>;
  client.send = (command: object) =>
    command instanceof CreateMultipartUploadCommand || command instanceof AbortMultipartUploadCommand
      ? send(command)
      : send(command, { abortSignal: signal });
  return client;
}

/** AWS could not be used; the message says why, and what to do. */
export class AwsError extends ProgramError {
  /** Whether it may work a moment later as it is. */
  readonly isPassing: boolean;

  constructor({ message, isPassing = false }: Reason, cause: unknown) {
    super(message, exitCodes.aws, { cause });
    this.isPassing = isPassing;
  }
}

/** Runs requests to a bucket. @throws {AwsError} instead of what the AWS SDK or the network throw. */
export async function inBucket<Value>(bucket: string, requests: () => Promise<Value>): Promise<Value> {
  try {
    return await requests();
  } catch (error) {
    const reason = reasonOf(error as SdkError, bucket);
    throw reason ? new AwsError(reason, error) : error;
  }
}

interface Reason {
  message: string;
  isPassing?: boolean;
}

/** What errors of the SDK and of Node's network have in common. */
interface SdkError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
  address?: string;
  port?: number;
  hostname?: string;
  errors?: SdkError[];
}

const SIGN_IN =
  'sign in with `aws sso login` or `aws configure`, name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and ' +
  'AWS_SECRET_ACCESS_KEY';

/** Undefined when it has nothing to do with AWS, as a file that cannot be read. */
function reasonOf(error: SdkError, bucket: string): Reason | undefined {
  return ofClient(error) ?? ofNetwork(error) ?? ofAnswer(error, bucket);
}

/** What stops a request before it is sent. */
function ofClient({ name, message }: SdkError): Reason | undefined {
  // Credential providers are many, and each words it well what it lacks.
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    const profile = process.env['AWS_PROFILE'];
    const where = profile ? ` in the profile ${profile}` : '';
    return { message: `There are no AWS credentials to use${where} (${message}): ${SIGN_IN}` };
  }
  if (message === 'Region is missing' || message.startsWith('Region not accepted')) {
    return { message: "There is no AWS region: set AWS_REGION to the bucket's, such as eu-central-1" };
  }
  return undefined;
}

/** https://nodejs.org/api/errors.html#common-system-errors */
function ofNetwork(error: SdkError): Reason | undefined {
  // Several addresses of one host were tried.
  const { code = error.name, address, port, hostname, message } = error.errors?.[0] ?? error;
  const proxyHint = 'check the network, and AWS_ENDPOINT_URL_S3 if it is set';
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `The host ${hostname ?? 'of S3'} is not found: check the network, and that AWS_REGION is right`,
        isPassing: true,
      };
    case 'ECONNREFUSED':
      return { message: `Nothing answers at ${address}:${port}: ${proxyHint}`, isPassing: true };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
    case 'TimeoutError':
      return { message: `S3 is out of reach (${message}): ${proxyHint}`, isPassing: true };
    default:
      return undefined;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function ofAnswer(error: SdkError, bucket: string): Reason | undefined {
  const { name, message } = error;
  const status = error.$metadata?.httpStatusCode;
  switch (name) {
    case 'NoSuchBucket':
      return {
        message: `There is no bucket ${bucket}: check how it is spelt, and the account (AWS_PROFILE)`,
      };
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'RequestExpired':
    case 'TokenRefreshRequired':
      return { message: `The AWS credentials have expired: ${SIGN_IN}` };
    case 'InvalidAccessKeyId':
    case 'InvalidToken':
    case 'SignatureDoesNotMatch':
    case 'UnrecognizedClientException':
      return { message: `AWS does not accept the credentials (${name}): ${SIGN_IN}` };
    case 'RequestTimeTooSkewed':
      return { message: "AWS does not accept this machine's clock: set it right" };
  }
  if (status === undefined) return undefined;
  const region = error.$response?.headers?.['x-amz-bucket-region'];
  if (status === 301 || status === 307 || name === 'AuthorizationHeaderMalformed') {
    const where = region
      ? `in ${region}: set AWS_REGION=${region}`
      : "elsewhere: set AWS_REGION to the bucket's";
    return { message: `The bucket ${bucket} is not in this region, but ${where}` };
  }
  if (status === 403) {
    return {
      message:
        `The AWS credentials may not be used for this in the bucket ${bucket} (${name}: ${message}): they need ` +
        's3:ListBucket, s3:GetObject, s3:PutObject and s3:AbortMultipartUpload, or others (AWS_PROFILE) are needed',
    };
  }
  if (status === 404) {
    return {
      message: `The bucket ${bucket} does not have what was there before: try again`,
      isPassing: true,
    };
  }
  if (status >= 500 || status === 429) {
    return { message: `S3 is busy or broken (${status} ${name}): try again later`, isPassing: true };
  }
  return { message: `S3 refused a request for the bucket ${bucket} (${status} ${name}): ${message}` };
}
