import { failures } from '../shared/failures.ts';
import type { Refuser } from '../shared/outcome.ts';
import type { Fault, UnknownCause } from './fault.ts';

/** The parts of an error message, which the result and the terminal combine differently. */
export interface Explanation {
  /** As in `shared/failures.ts`. */
  status: 'failed' | 'unknown';
  /** `${subject} ${predicate}` is a sentence without the period. */
  subject: string;
  predicate: string;
  /** What to do: an imperative in lowercase. Undefined if the only remedy is to try again. */
  remedy?: string;
}

/** Puts a fault into words, for the function and `callers-voice-clone check` alike. */
export function explain(fault: Fault): Explanation {
  const sentence = sentences[fault.code] as (fault: Fault) => Sentence;
  return Object.assign({ status: failures[fault.code].status, predicate: NEWER }, sentence(fault));
}

/** For a ledger of a newer version of the function, which may know other causes. */
const NEWER = 'has a problem that only a newer version can explain';

type Sentence = Omit<Explanation, 'status'>;
type WithoutSubject = Omit<Sentence, 'subject'>;

type Because<Code extends Fault['code']> = Extract<Fault, { code: Code; because: unknown }>['because'];

const sentences: { [Code in Fault['code']]: (fault: Extract<Fault, { code: Code }>) => Sentence } = {
  INVALID_MANIFEST: () => ({
    subject: 'manifest.json',
    predicate: 'is invalid',
    remedy: 'correct what "issues" lists',
  }),
  NO_SAMPLES: () => ({
    subject: 'The folder',
    predicate: 'contains no audio files next to manifest.json',
    remedy: 'upload the samples',
  }),
  MISSING_SAMPLES: missingSamples,
  EMPTY_SAMPLE: ({ names }) => ({
    subject: listed(names),
    predicate: names.length === 1 ? 'is empty' : 'are empty',
    remedy: names.length === 1 ? 'replace or remove it' : 'replace or remove them',
  }),
  SAMPLE_CHANGED: () => ({
    subject: 'A sample',
    predicate: 'was replaced or deleted while it was being sent',
    remedy: 'wait until all samples are in place',
  }),
  TOO_LARGE: (fault) => ({ subject: 'The folder', ...tooLarge(fault) }),
  NOT_AUDIO: ({ name, found }) => ({
    subject: `"${name}"`,
    predicate: `is ${found}, not audio`,
    remedy: 'replace the file',
  }),
  NO_SOUND: ({ name }) => ({
    subject: `"${name}"`,
    predicate: 'is an audio file without sound',
    remedy: 'save the recording again, or remove the file',
  }),
  ARCHIVED: ({ name }) => ({
    subject: `"${name}"`,
    predicate: 'is archived in S3, and cannot be read',
    remedy: 'restore it (aws s3api restore-object) and wait until that is done, or replace it',
  }),
  ACCESS_DENIED: ({ name, because }) => ({ subject: `"${name}"`, ...denied[because] }),
  SAMPLE_UNREADABLE: ({ name }) => ({
    subject: name === undefined ? 'A sample' : `"${name}"`,
    predicate: 'could not be read from S3',
  }),
  GAVE_UP: (fault) =>
    'isUnreachable' in fault
      ? {
          subject: 'Callers',
          predicate: 'could not be reached',
          remedy: 'check the network of the function',
        }
      : {
          subject: 'The request',
          predicate:
            fault.attempts === 1 ? 'could not be sent' : `could not be sent in ${fault.attempts} attempts`,
        },
  API_CLOSED_CONNECTION: () => ({
    subject: 'Callers',
    predicate:
      'closed the connection before receiving all samples, usually because of the API key or the size of the samples',
    remedy: 'check both',
  }),
  NO_API_KEY: ({ found }) =>
    found === undefined
      ? {
          subject: 'No Callers API key',
          predicate: 'is stored for this bucket',
          remedy: 'ask your administrator to store one',
        }
      : {
          subject: 'The secret for the Callers API key',
          predicate: `contains ${found}`,
          remedy: 'ask your administrator to store the key itself, or JSON such as {"apiKey": "…"}',
        },
  API_KEY_UNREADABLE: ({ secret, because }) => ({
    subject: `The secret "${secret}" with the Callers API key`,
    ...secretUnreadable[because],
  }),
  LEDGER_REFUSED: ({ because }) => ({ subject: 'The ledger of this folder', ...ledgerRefused[because] }),
  UNSUITABLE_STORE: () => ({
    subject: 'The store of the ledger',
    predicate: 'lacks conditional writes (If-None-Match and If-Match), so the voice could be made twice',
    remedy: 'ask your administrator to use Amazon S3, or another store that supports them',
  }),
  API_KEY_REJECTED: () => ({
    subject: 'Callers',
    predicate: 'rejected the API key, or does not allow it for this sub-organization',
    remedy: 'ask your administrator to check the stored key',
  }),
  API_REJECTED: ({ by, message }) => (rejected[by ?? 'Callers'] ?? rejected.Callers)(message),
  RATE_LIMITED: ({ retryAfterSeconds }) => ({
    subject: 'Callers',
    predicate: 'is too busy to accept the request',
    remedy: retryAfterSeconds ? `wait ${retryAfterSeconds} seconds` : 'wait a while',
  }),
  INVALID_RESPONSE: () => ({
    subject: 'The answer',
    predicate: 'reports success, but contains no readable voices',
  }),
  OUTCOME_UNKNOWN: ({ cause }) => ({
    subject: 'The outcome',
    predicate: `is unknown: ${whyUnknown(cause)}`,
  }),
};

function missingSamples(fault: Extract<Fault, { code: 'MISSING_SAMPLES' }>): Sentence {
  if ('marked' in fault) {
    return {
      subject: 'The folder',
      predicate: `contains ${fault.found} of the ${fault.marked} samples that were uploaded before manifest.json`,
      remedy: 'upload the folder again',
    };
  }
  if ('names' in fault) {
    const isOne = fault.names.length === 1;
    return {
      subject: listed(fault.names),
      predicate: isOne ? 'is not in the folder' : 'are not in the folder',
      remedy: isOne ? 'upload it' : 'upload them',
    };
  }
  const isChanging = fault.uploading.length === 0;
  return {
    subject: isChanging ? 'The folder' : listed(fault.uploading),
    predicate: isChanging
      ? 'was still changing at the deadline'
      : 'did not finish uploading before the deadline',
    remedy: 'wait until all files are uploaded',
  };
}

function tooLarge(fault: Extract<Fault, { code: 'TOO_LARGE' }>): WithoutSubject {
  if ('bytes' in fault) {
    return {
      predicate: `contains ${sizeOf(fault.bytes)} of samples; the limit is ${sizeOf(fault.maxBytes)}`,
      remedy: 'use fewer or shorter samples',
    };
  }
  if ('voices' in fault) {
    return {
      predicate: `has made ${fault.voices} voices, as many as can be remembered`,
      remedy: 'move the samples and manifest.json to a new folder',
    };
  }
  return 'maxSamples' in fault
    ? { predicate: `contains more than ${fault.maxSamples} samples`, remedy: 'use fewer samples' }
    : {
        predicate: `contains more than ${fault.maxFiles} files`,
        remedy: 'move the samples and manifest.json to a folder of their own',
      };
}

const rejected: Record<Refuser, (message: string) => Sentence> = {
  Callers: (message) => ({
    subject: 'Callers',
    predicate: `rejected the request: ${message}`,
    remedy: 'correct the request',
  }),
  proxy: (message) => ({
    subject: 'A server before Callers',
    predicate: `rejected the request: ${message}`,
    remedy: 'ask your administrator to let it pass',
  }),
  address: (message) => ({
    subject: 'The configured address',
    predicate: `is not that of Callers’ API: ${message}`,
    remedy: 'ask your administrator to correct it (CALLERS_API_URL)',
  }),
};

function whyUnknown(cause: UnknownCause): string {
  switch (cause.kind) {
    case 'stopped':
      return 'the function was stopped while waiting for Callers';
    case 'answer':
      return cause.message;
    case 'same recordings':
      return cause.isReadable
        ? `${cause.folder} has the same recordings, and its outcome is unknown`
        : `${cause.folder} may have the same recordings, and its ledger cannot be read`;
    default:
      return 'only a newer version can say why';
  }
}

const FIX_THE_REASON = 'ask your administrator to fix what "reason" describes';
const KEY_NOT_ALLOWED = 'is encrypted with a KMS key that the function may not use';
const KEY_NOT_USABLE = 'is encrypted with a KMS key that cannot be used';

const denied: Record<Because<'ACCESS_DENIED'>, WithoutSubject> = {
  permission: {
    predicate: 'cannot be read: S3 denies the function access',
    remedy: 'ask your administrator to allow the function s3:GetObject',
  },
  listing: {
    predicate: 'cannot be listed: S3 denies the function access',
    remedy: 'ask your administrator to allow the function s3:ListBucket and s3:ListBucketMultipartUploads',
  },
  'KMS permission': {
    predicate: KEY_NOT_ALLOWED,
    remedy: 'ask your administrator to allow the function kms:Decrypt on that key, or replace the file',
  },
  'KMS key': {
    predicate: KEY_NOT_USABLE,
    remedy: 'ask your administrator to enable that key, or replace the file',
  },
  region: {
    predicate: 'is in another region than the function',
    remedy: 'ask your administrator to deploy the function in the region of the bucket',
  },
  'own key': {
    predicate: 'is encrypted with a key that only its uploader has (SSE-C)',
    remedy: 'upload it without SSE-C',
  },
  refusal: {
    predicate: 'cannot be read: S3, or a firewall before it, refuses the request',
    remedy: FIX_THE_REASON,
  },
};

const secretUnreadable: Record<Because<'API_KEY_UNREADABLE'>, WithoutSubject> = {
  permission: {
    predicate: 'cannot be read: Secrets Manager denies the function access',
    remedy: 'ask your administrator to allow it secretsmanager:GetSecretValue',
  },
  'KMS permission': {
    predicate: KEY_NOT_ALLOWED,
    remedy: 'ask your administrator to allow it kms:Decrypt on that key',
  },
  'KMS key': {
    predicate: KEY_NOT_USABLE,
    remedy: 'ask your administrator to enable that key',
  },
  deletion: {
    predicate: 'is marked for deletion',
    remedy: 'ask your administrator to restore it (aws secretsmanager restore-secret)',
  },
  missing: {
    predicate: 'does not exist',
    remedy: 'ask your administrator to create it, or to deploy with the right name',
  },
  refusal: {
    predicate: 'cannot be read',
    remedy: FIX_THE_REASON,
  },
  outage: {
    predicate: 'could not be read in time',
    remedy: 'ask your administrator whether the function can reach Secrets Manager',
  },
};

const ledgerRefused: Record<Because<'LEDGER_REFUSED'>, WithoutSubject> = {
  permission: {
    predicate: 'cannot be read or written: S3 denies the function access',
    remedy:
      'ask your administrator to allow the function s3:GetObject, s3:PutObject and s3:ListBucket in the state bucket',
  },
  'KMS permission': {
    predicate: KEY_NOT_ALLOWED,
    remedy: 'ask your administrator to allow it kms:Decrypt and kms:GenerateDataKey on that key',
  },
  refusal: secretUnreadable.refusal,
  damage: {
    predicate: 'is damaged',
    remedy: 'ask your administrator to restore an earlier version of it in the state bucket',
  },
};

/** Lists at most 20 names, to keep the sentence readable. */
function listed(names: readonly string[]): string {
  return names.slice(0, 20).join(', ') + (names.length > 20 ? ' …' : '');
}

/** A readable size. Two decimals, because it may be just above a limit. */
function sizeOf(bytes: number): string {
  if (bytes < 1024 ** 2) return `${bytes} bytes`;
  return bytes < 1024 ** 3
    ? `${(bytes / 1024 ** 2).toFixed(2)} MiB`
    : `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}
