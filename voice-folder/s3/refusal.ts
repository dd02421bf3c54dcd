import { shorten } from '../../shared/shorten.ts';

/** Why S3 does not return an object, until a person changes something. */
export type Refusal = { reason: string } & (
  | { code: 'ARCHIVED' }
  | { code: 'ACCESS_DENIED'; because: 'permission' | 'KMS permission' | 'KMS key' | 'own key' | 'region' }
);

interface S3Error extends Error {
  $metadata?: { httpStatusCode?: number };
}

/**
 * Whether an error of S3 is a refusal that no other attempt changes; undefined for everything else, such as wrong
 * credentials, which say nothing about the object. Codes: "Error responses", Amazon S3 API Reference.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  const { name, message, $metadata } = error as S3Error;
  const reason = reasonOf(error);
  if (isThrottling(error)) return undefined;
  if (name === 'InvalidObjectState') return { code: 'ARCHIVED', reason };
  if (name === MOVED) return { code: 'ACCESS_DENIED', because: 'region', reason };
  if (name.startsWith('KMS.')) return { code: 'ACCESS_DENIED', because: 'KMS key', reason };
  if (name === 'InvalidRequest' && /Server Side Encryption/i.test(message)) {
    return { code: 'ACCESS_DENIED', because: 'own key', reason };
  }
  if ($metadata?.httpStatusCode !== 403 || ABOUT_THE_REQUEST.has(name)) return undefined;
  const because = /\bkms:/.test(message) ? 'KMS permission' : 'permission';
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
  if (ABOUT_THE_REQUEST.has(name) || isThrottling(error)) return false;
  return (
    name === MOVED ||
    status === 501 ||
    (status >= 400 && status < 500 && ![408, 409, 412, 429].includes(status))
  );
}

/** The bucket is in another region. */
const MOVED = 'PermanentRedirect';

/** Answers about the credentials and the time, not about the object. */
const ABOUT_THE_REQUEST = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidSecurity',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** Whether S3, or the way to it, fails only for a time. */
export function isOutage(error: unknown): boolean {
  const status = (error as S3Error).$metadata?.httpStatusCode;
  return status === undefined || status >= 500 || status === 429 || isThrottling(error);
}

/** KMS is too busy, which S3 may pass on with status 400. */
function isThrottling(error: unknown): boolean {
  return /throttl/i.test((error as S3Error).name);
}

const MAX_REASON = 500;

/** What S3 said, for people who drop folders: without the numbers of accounts. */
export function reasonOf(error: unknown): string {
  const { name, message } = error as Error;
  const said = name === 'Error' || name === message ? message : `${name}: ${message}`;
  return shorten(
    said
      .replaceAll(/\b\d{12}\b/g, '************')
      .replaceAll(/\s+/g, ' ')
      .trim(),
    MAX_REASON,
  );
}
