import { onOneLine } from '../../shared/on-one-line.ts';
import { IncompleteListing } from '../../voice-folder/s3/next-page.ts';
import {
  isOutage,
  isUnreadable,
  reasonOf as wordsOf,
  refusalOf,
  type Refusal,
} from '../../voice-folder/s3/refusal.ts';
import { exitCodes, ProgramError } from '../output.ts';
import { NotS3 } from './not-s3.ts';

/** An AWS error; the message says what happened and what to do. */
export class AwsError extends ProgramError {
  /** Whether a retry may succeed. */
  readonly isPassing: boolean;

  constructor({ message, isPassing = false }: Reason, cause: unknown) {
    // Quotes S3, or what pretends to be it.
    super(onOneLine(message), exitCodes.aws, { cause });
    this.isPassing = isPassing;
  }
}

/** Runs requests to a bucket. @throws {AwsError} in place of errors of the AWS SDK or the network. */
export async function inBucket<Value>(bucket: string, requests: () => Promise<Value>): Promise<Value> {
  try {
    return await requests();
  } catch (error) {
    if (error instanceof ProgramError) throw error;
    const reason = reasonOf(error as SdkError, bucket);
    throw reason ? new AwsError(reason, error) : error;
  }
}

/** What happened and what to do. */
export interface Reason {
  message: string;
  isPassing?: boolean;
}

/** The fields of errors from the SDK and from Node's network modules. */
export interface SdkError extends Error {
  code?: string;
  path?: string;
  syscall?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
  address?: string;
  port?: number;
  hostname?: string;
  /** Of the bucket, in S3's answer that it is elsewhere. */
  Region?: string;
  errors?: SdkError[];
}

/** How to get credentials: an imperative in lowercase. */
export const SIGN_IN =
  'sign in with `aws sso login` or `aws configure`, set AWS_PROFILE to a profile, or set AWS_ACCESS_KEY_ID and ' +
  'AWS_SECRET_ACCESS_KEY';

/** Undefined for errors unrelated to AWS, such as an unreadable file. */
function reasonOf(error: SdkError, bucket: string): Reason | undefined {
  if (error instanceof NotS3) return ofAnother(error);
  if (error instanceof IncompleteListing) return ofListing(bucket);
  return ofClient(error) ?? ofCode(error, bucket) ?? ofAnswer(error, bucket) ?? reasonOfNetwork(error);
}

function ofAnother({ answer, status }: NotS3): Reason {
  const hint =
    status === 407
      ? 'The proxy requires a user name and a password: HTTPS_PROXY=http://name:password@host:port'
      : 'Check the endpoint (--endpoint-url, AWS_ENDPOINT_URL_S3; a web console has a different port than S3), and ' +
        'whether a proxy or a sign-in page intercepts the request (NO_PROXY)';
  return { message: `The answer is not from S3: ${answer}. ${hint}` };
}

function ofListing(bucket: string): Reason {
  return {
    message:
      `The store does not list all of the bucket ${bucket}: it says that there is more, and not where that begins. It has to ` +
      'support ListObjectsV2, with NextContinuationToken',
  };
}

/** Errors before a request is sent. */
function ofClient({ name, message, code }: SdkError): Reason | undefined {
  if (message.startsWith('Region not accepted')) {
    return {
      message: `${message.replace(/\.$/, '')}: set --region or AWS_REGION to the bucket's, such as eu-central-1`,
    };
  }
  if (code === 'ERR_INVALID_URL' || name === 'EndpointError') {
    return {
      message:
        // Does not quote the URL, because a proxy's may contain a password.
        'The endpoint (AWS_ENDPOINT_URL_S3, endpoint_url) or the proxy (HTTPS_PROXY, HTTP_PROXY) is not a valid URL: ' +
        'write it as http://host:port',
    };
  }
  return undefined;
}

/**
 * https://nodejs.org/api/errors.html#common-system-errors
 *
 * @param who what did not answer
 */
export function reasonOfNetwork(error: SdkError, who = 'S3'): Reason | undefined {
  // An AggregateError has one error per address of the host.
  const first = error.errors?.[0] ?? error;
  const { code = first.name, address, port, hostname, message } = first;
  const hint =
    'check the network, and the endpoint and proxy if they are set (AWS_ENDPOINT_URL_S3, HTTPS_PROXY)';
  if (isOfCertificate(code)) {
    return {
      message:
        `The certificate of ${who}, or of a proxy, is not trusted (${code}): set AWS_CA_BUNDLE to a file with the ` +
        'certificates to trust',
    };
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `The host ${hostname ?? `of ${who}`} was not found: check the network, the region and the endpoint`,
        isPassing: true,
      };
    case 'ECONNREFUSED':
      return { message: `The connection to ${address}:${port} was refused: ${hint}`, isPassing: true };
    case 'TimeoutError':
      return { message: `${who} is unreachable (${message}): ${hint}`, isPassing: true };
  }
  // File errors have a path; other errors with a code come from a connection.
  if (first.code === undefined || first.path !== undefined || error.name === 'AbortError') return undefined;
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return {
      message: `The endpoint does not support TLS (${code}): check whether it should start with http or https`,
    };
  }
  if (code.startsWith('ERR_') && first.syscall === undefined) return undefined;
  return { message: `${who} is unreachable (${message || code}): ${hint}`, isPassing: true };
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function isOfCertificate(code: string): boolean {
  return /CERT|CRL_|UNABLE_TO_VERIFY|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH/.test(code);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function ofCode({ name }: SdkError, bucket: string): Reason | undefined {
  switch (name) {
    case 'NoSuchBucket':
    case 'NoSuchAccessPoint':
      return {
        message: `There is no bucket ${bucket}: check its name, and the account (AWS_PROFILE)`,
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
      return { message: `AWS rejected the credentials (${name}): ${SIGN_IN}` };
    case 'RequestTimeTooSkewed':
      return { message: "AWS rejected the request because this machine's clock is wrong: correct the time" };
  }
  return undefined;
}

/** Answers whose code says too little, or is not the same everywhere. */
function ofAnswer(error: SdkError, bucket: string): Reason | undefined {
  const { name, message } = error;
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined) return undefined;
  const refusal = refusalOf(error);
  if (refusal) return ofRefusal(refusal, error, bucket);
  if (status === 301 || status === 307) return ofRegion(error, bucket);
  if (status === 501) {
    return { message: `The store does not support what this needs (${name}: ${message})` };
  }
  if (status === 404) {
    return {
      message:
        `An object in the bucket ${bucket} was deleted meanwhile: try again. If that does not help, the endpoint's URL may ` +
        'name the bucket, which it must not',
      isPassing: true,
    };
  }
  // 507: it is full.
  if (isOutage(error) && status !== 507) {
    return { message: `S3 is busy or unavailable (${status} ${name}): try again later`, isPassing: true };
  }
  if (isUnreadable(error)) {
    return {
      message: `The answer about the bucket ${bucket} cannot be read (${wordsOf(error)}): try again, and check the endpoint (--endpoint-url, AWS_ENDPOINT_URL_S3)`,
    };
  }
  const rejected = `S3 rejected a request for the bucket ${bucket} (${status} ${name}): ${message}`;
  // Backblaze B2 and others: "Unsupported header 'x-amz-checksum-crc32' received for this API call."
  const isOfChecksum = /x-amz-(sdk-)?checksum|x-amz-trailer|STREAMING-UNSIGNED-PAYLOAD-TRAILER/i.test(
    message,
  );
  return {
    message: isOfChecksum ? `${rejected}: set AWS_REQUEST_CHECKSUM_CALCULATION=when_required` : rejected,
  };
}

function ofRegion({ $response, Region }: SdkError, bucket: string): Reason {
  const region = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  const where = region
    ? `in ${region}: set AWS_REGION=${region}`
    : "elsewhere: set AWS_REGION to the bucket's region";
  return { message: `The bucket ${bucket} is not in this region, but ${where}` };
}

/** "Troubleshoot access denied (403 Forbidden) errors", Amazon S3 User Guide. */
function ofRefusal(refusal: Refusal, error: SdkError, bucket: string): Reason {
  const { name, message } = error;
  if (refusal.code === 'ARCHIVED') {
    return {
      message: `An object in the bucket ${bucket} is archived (${message}): restore it first (aws s3api restore-object)`,
    };
  }
  const denied = `The AWS credentials do not allow this in the bucket ${bucket} (${name}: ${message})`;
  switch (refusal.because) {
    case 'region':
      return ofRegion(error, bucket);
    case 'KMS key':
      return {
        message: `The KMS key of an object in the bucket ${bucket} cannot be used (${name}: ${message}): ask your administrator to enable it`,
      };
    case 'KMS permission':
      return { message: `${denied}: they need kms:Decrypt and kms:GenerateDataKey for its KMS key` };
    case 'own key':
      return {
        message: `An object in the bucket ${bucket} is encrypted with a key that only its uploader has (SSE-C): upload it again without SSE-C`,
      };
    case 'refusal':
      return {
        message: `S3 refused a request for the bucket ${bucket} (${refusal.reason}), regardless of the credentials: ask its administrator to correct that`,
      };
    case 'permission':
      return ofPermission(denied, message);
  }
}

function ofPermission(denied: string, message: string): Reason {
  if (/s3:PutObject\b.*explicit deny in a resource-based policy/.test(message)) {
    return { message: `${denied}: the bucket's policy denies it; if that demands encryption, add --sse` };
  }
  return {
    message:
      `${denied}: they need s3:ListBucket, s3:GetObject, s3:PutObject and s3:AbortMultipartUpload; or use other ` +
      'credentials (AWS_PROFILE)',
  };
}
