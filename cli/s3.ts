import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { exitCodes, ProgramError } from './output.ts';
import { NotS3 } from './s3/not-s3.ts';
import type { TransportRequestOptions } from './s3/transport.ts';

/**
 * A client whose requests fail when the signal is aborted, but for two: an upload in parts that was begun must be known, or
 * its parts cannot be deleted.
 *
 * @param onSent told how many bytes of bodies have left, and with a negative number that they left in vain
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
  path?: string;
  syscall?: string;
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
  if (error instanceof NotS3) return ofAnother(error);
  return ofClient(error) ?? ofAnswer(error, bucket) ?? ofNetwork(error);
}

function ofAnother({ answer, status }: NotS3): Reason {
  const hint =
    status === 407
      ? 'The proxy wants a name and a password: HTTPS_PROXY=http://name:password@host:port'
      : 'Check the endpoint (--endpoint-url, AWS_ENDPOINT_URL_S3; a console has another port than its S3), and whether ' +
        'a proxy or a page to sign in at is in between (NO_PROXY)';
  return { message: `What answers is not S3: ${answer}. ${hint}` };
}

/** What stops a request before it is sent. */
function ofClient({ name, message, code }: SdkError): Reason | undefined {
  // Credential providers are many, and each words it well what it lacks.
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    const profile = process.env['AWS_PROFILE'];
    const where = profile ? ` in the profile ${profile}` : '';
    return { message: `There are no AWS credentials to use${where} (${message}): ${SIGN_IN}` };
  }
  if (message.startsWith('Region not accepted')) {
    return {
      message: `${message.replace(/\.$/, '')}: set --region or AWS_REGION to the bucket's, such as eu-central-1`,
    };
  }
  if (code === 'ERR_INVALID_URL' || name === 'EndpointError') {
    return {
      message:
        // Not which one: a proxy's may hold a password.
        'The endpoint (AWS_ENDPOINT_URL_S3, endpoint_url) or the proxy (HTTPS_PROXY, HTTP_PROXY) is not a URL: write it as ' +
        'http://host:port',
    };
  }
  return undefined;
}

/** https://nodejs.org/api/errors.html#common-system-errors */
function ofNetwork(error: SdkError): Reason | undefined {
  // Several addresses of one host were tried.
  const first = error.errors?.[0] ?? error;
  const { code = first.name, address, port, hostname, message } = first;
  const hint =
    'check the network, and the endpoint and proxy if they are set (AWS_ENDPOINT_URL_S3, HTTPS_PROXY)';
  if (isOfCertificate(code)) {
    return {
      message:
        `The certificate of S3, or of a proxy in between, is not trusted (${code}): name a file with the certificates ` +
        'to trust in AWS_CA_BUNDLE',
    };
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `The host ${hostname ?? 'of S3'} is not found: check the network, the region and the endpoint`,
        isPassing: true,
      };
    case 'ECONNREFUSED':
      return { message: `Nothing answers at ${address}:${port}: ${hint}`, isPassing: true };
    case 'TimeoutError':
      return { message: `S3 is out of reach (${message}): ${hint}`, isPassing: true };
  }
  // What a file has to do with has a path; all else that has a code comes from a connection.
  if (first.code === undefined || first.path !== undefined || error.name === 'AbortError') return undefined;
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return {
      message: `S3 does not speak TLS there (${code}): check whether its endpoint begins with http or https`,
    };
  }
  if (code.startsWith('ERR_') && first.syscall === undefined) return undefined;
  return { message: `S3 is out of reach (${message || code}): ${hint}`, isPassing: true };
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function isOfCertificate(code: string): boolean {
  return /CERT|CRL_|UNABLE_TO_VERIFY|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH/.test(code);
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
