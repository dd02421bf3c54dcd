import { apiMessage } from '../../shared/api-message.ts';
import { shorten } from '../../shared/shorten.ts';

/** Why S3 does not return an object, until a person changes something. */
export type Refusal = { reason: string } & (
  | { code: 'ARCHIVED' }
  | {
      code: 'ACCESS_DENIED';
      because: 'permission' | 'KMS permission' | 'KMS key' | 'own key' | 'region' | 'refusal';
    }
);

interface S3Error extends Error {
  $metadata?: { httpStatusCode?: number };
  /** The body is a text if it is not S3's XML. */
  $response?: { body?: unknown };
}

/**
 * Whether an error of S3 is a refusal that no other attempt changes; undefined for everything else, such as wrong
 * credentials, which say nothing about the object. Codes: "Error responses", Amazon S3 API Reference.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  const { name, message, $metadata } = error as S3Error;
  const reason = reasonOf(error);
  if (isOutage(error)) return undefined;
  if (name === 'InvalidObjectState') return { code: 'ARCHIVED', reason };
  if (MOVED.has(name)) return { code: 'ACCESS_DENIED', because: 'region', reason };
  if (name.startsWith('KMS.')) return { code: 'ACCESS_DENIED', because: 'KMS key', reason };
  if (name === 'InvalidRequest' && /Server Side Encryption/i.test(message)) {
    return { code: 'ACCESS_DENIED', because: 'own key', reason };
  }
  if ($metadata?.httpStatusCode !== 403 || ABOUT_THE_REQUEST.has(name)) return undefined;
  const because = /\bkms:/.test(message) ? 'KMS permission' : DENIALS.has(name) ? 'permission' : 'refusal';
  return { code: 'ACCESS_DENIED', because, reason };
}

/** The value of a request, or why S3 refuses it. @throws all other errors */
export function unlessRefused<Value>(request: Promise<Value>): Promise<Value | { refusal: Refusal }> {
  return request.catch((error: unknown) => {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    return { refusal };
  });
}

/**
 * Whether another try cannot succeed until a person changes something: the bucket is elsewhere, or S3 answered 4xx or 501,
 * but not that it is busy (429), waited too long (408), or was asked at the wrong time (409, 412), and not about this
 * function's credentials.
 */
export function isFinalAnswer(error: unknown): boolean {
  const { name, $metadata: { httpStatusCode: status = 0 } = {} } = error as S3Error;
  if (ABOUT_THE_REQUEST.has(name) || isPassing(error)) return false;
  return (
    MOVED.has(name) ||
    status === 501 ||
    (status >= 400 && status < 500 && ![408, 409, 412, 429].includes(status))
  );
}

/** The bucket is in another region. */
const MOVED = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
]);

/** An answer without a body has no code. The others with status 403 are about the account, a quota, or come from a firewall. */
const DENIALS = new Set(['AccessDenied', 'Unknown']);

/** Answers about the credentials and the time, not about the object. */
const ABOUT_THE_REQUEST = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidSecurity',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);

/** Whether S3, or the way to it, fails only for a time. */
export function isOutage(error: unknown): boolean {
  const status = (error as S3Error).$metadata?.httpStatusCode;
  return status === undefined || status >= 500 || status === 429 || isPassing(error);
}

/** KMS or the connection fails only for a time, which S3 may say with status 400. */
function isPassing(error: unknown): boolean {
  return /throttl|timeout|unavailable|internal/i.test((error as S3Error).name);
}

/** Whether an AWS SDK error is an HTTP answer with this status. */
export function hasStatus(error: unknown, status: number): boolean {
  return (error as S3Error).$metadata?.httpStatusCode === status;
}

const MAX_REASON = 500;

/** What S3 said, for people who drop folders: without the numbers of accounts. */
export function reasonOf(error: unknown): string {
  return shorten(
    saidIn(error as S3Error)
      .replaceAll(/\b\d{12}\b/g, '************')
      .replaceAll(/\s+/g, ' ')
      .trim(),
    MAX_REASON,
  );
}

function saidIn(error: S3Error): string {
  const { name, message, $metadata, $response } = error;
  const status = `status ${$metadata?.httpStatusCode}`;
  if (typeof $response?.body === 'string')
    return `${status} without an error code: ${apiMessage($response.body)}`;
  if (message === 'UnknownError') return name === 'Unknown' ? status : name;
  if (isUnreadable(error)) return message.replace(HINT, '');
  return name === 'Error' || name === message ? message : `${name}: ${message}`;
}

/** Whether the SDK could not read an answer. */
export function isUnreadable(error: unknown): boolean {
  return HINT.test((error as Error).message);
}

/** What the SDK adds for developers. */
const HINT = /\s+Deserialization error: [^]*$/;
