/*
 * What S3, and KMS through it, answer, as documented in "Error responses", Amazon S3 API Reference, and in "Troubleshoot access
 * denied (403 Forbidden) errors", Amazon S3 User Guide.
 */

interface S3Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An error of S3. */
export function s3Error(status: number, code: string, message: string, more = ''): S3Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>4442587FB7D0A2F9</RequestId></Error>`;
  return { status, headers: { 'x-amz-request-id': '4442587FB7D0A2F9' }, body };
}

/** The account in S3's messages. */
export const ACCOUNT = '111122223333';

const USER = `User: arn:aws:sts::${ACCOUNT}:assumed-role/someone/session is not authorized to perform:`;
const KMS_KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

/** What S3 may answer instead of what was asked for, as faults of the proxy. */
export const s3Answers = {
  /** In Glacier Flexible Retrieval or Deep Archive. */
  archived: s3Error(
    403,
    'InvalidObjectState',
    "The operation is not valid for the object's storage class",
    '<StorageClass>GLACIER</StorageClass>',
  ),
  /** In an archive tier of Intelligent-Tiering. */
  archivedByTiering: s3Error(
    403,
    'InvalidObjectState',
    "The operation is not valid for the object's access tier",
    '<StorageClass>INTELLIGENT_TIERING</StorageClass><AccessTier>ARCHIVE_ACCESS</AccessTier>',
  ),
  denied: s3Error(
    403,
    'AccessDenied',
    `${USER} s3:GetObject on resource: "arn:aws:s3:::voices/folder/one.wav" with an explicit deny in a resource-based policy`,
  ),
  /** Also for a missing object, without the right to list. */
  deniedWithoutReason: s3Error(403, 'AccessDenied', 'Access Denied'),
  deniedByKms: s3Error(
    403,
    'AccessDenied',
    `${USER} kms:Decrypt on resource: ${KMS_KEY} because no resource-based policy allows the kms:Decrypt action`,
  ),
  kmsKeyDisabled: s3Error(400, 'KMS.DisabledException', `${KMS_KEY} is disabled.`),
  kmsKeyPendingDeletion: s3Error(400, 'KMS.KMSInvalidStateException', `${KMS_KEY} is pending deletion.`),
  encryptedByCustomer: s3Error(
    400,
    'InvalidRequest',
    'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
  ),
  /** For a bucket policy that demands `x-amz-server-side-encryption`, or a lock. */
  deniedToWrite: s3Error(
    403,
    'AccessDenied',
    `${USER} s3:PutObject on resource: "arn:aws:s3:::voices/folder/result.json" with an explicit deny in a resource-based policy`,
  ),
  locked: s3Error(403, 'AccessDenied', 'Access Denied because object protected by object lock.'),
  accountProblem: s3Error(
    403,
    'AccountProblem',
    'There is a problem with your AWS account that prevents the operation from completing successfully.',
  ),
  /** Of a firewall before S3. */
  blocked: {
    status: 403,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>Access blocked</title></head><body><hr>Rule 7</body></html>',
  },
  /** Of a proxy that does not find S3. */
  noSuchPage: {
    status: 404,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>404 Not Found</title></head><body><hr>nginx</body></html>',
  },
  /** Of a network that wants people to sign in. */
  signInPage: {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>Sign in</title></head><body></body></html>',
  },
  gone: s3Error(404, 'NoSuchKey', 'The specified key does not exist.'),
  throttled: s3Error(503, 'SlowDown', 'Please reduce your request rate.'),
  internal: s3Error(500, 'InternalError', 'We encountered an internal error. Please try again.'),
  /** A store without conditional writes that says so. */
  notImplemented: s3Error(
    501,
    'NotImplemented',
    'A header you provided implies functionality that is not implemented',
  ),
} satisfies Record<string, S3Answer>;
