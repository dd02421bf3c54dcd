import type { Issue } from '../shared/clone-settings.ts';
import { type DropFailureCode, type FailureFacts, failures } from '../shared/failures.ts';
import type { Refuser } from '../shared/outcome.ts';
import type { ApiAnswer, Fault, UnknownCause } from './fault.ts';

/** The parts of an error message, which the result, the terminal and the docs combine differently. */
export interface Explanation {
  /** `failed`: certainly no voice was made; `unknown`: one may exist. */
  status: 'failed' | 'unknown';
  /** `${subject} ${predicate}` is a sentence without the period. */
  subject: string;
  predicate: string;
  /** What to do: an imperative in lowercase. Undefined if the only remedy is to try again. */
  remedy?: string;
}

/** Describes a fault, for the function, `callers-voice-clone check` and the docs alike. */
export function explain(fault: Fault): Explanation {
  return { status: failures[fault.code].status, ...sentence(fault) };
}

function sentence(fault: Fault): Omit<Explanation, 'status'> {
  switch (fault.code) {
    case 'INVALID_MANIFEST':
      return {
        subject: 'manifest.json',
        predicate: 'is invalid',
        remedy: 'correct what "issues" lists',
      };
    case 'NO_SAMPLES':
      return {
        subject: 'The folder',
        predicate: 'contains no audio files next to manifest.json',
        remedy: 'upload the samples',
      };
    case 'MISSING_SAMPLES':
      if ('marked' in fault) {
        return {
          subject: 'The folder',
          predicate: `contains ${fault.found} of the ${fault.marked} samples that were uploaded before manifest.json`,
          remedy: 'upload the folder again',
        };
      }
      return 'names' in fault
        ? {
            subject: listed(fault.names),
            predicate: fault.names.length === 1 ? 'is not in the folder' : 'are not in the folder',
            remedy: fault.names.length === 1 ? 'upload it' : 'upload them',
          }
        : {
            subject: fault.uploading.length === 0 ? 'The folder' : listed(fault.uploading),
            predicate:
              fault.uploading.length === 0
                ? 'was still changing at the deadline'
                : 'did not finish uploading before the deadline',
            remedy: 'wait until all files are uploaded',
          };
    case 'EMPTY_SAMPLE':
      return {
        subject: listed(fault.names),
        predicate: fault.names.length === 1 ? 'is empty' : 'are empty',
        remedy: fault.names.length === 1 ? 'replace or remove it' : 'replace or remove them',
      };
    case 'SAMPLE_CHANGED':
      return {
        subject: 'A sample',
        predicate: 'was replaced or deleted while it was being sent',
        remedy: 'wait until all samples are in place',
      };
    case 'TOO_LARGE':
      if ('bytes' in fault) {
        return {
          subject: 'The folder',
          predicate: `contains ${sizeOf(fault.bytes)} of samples; the limit is ${sizeOf(fault.maxBytes)}`,
          remedy: 'use fewer or shorter samples',
        };
      }
      if ('voices' in fault) {
        return {
          subject: 'The folder',
          predicate: `has made ${fault.voices} voices, as many as can be remembered`,
          remedy: 'move the samples and manifest.json to a new folder',
        };
      }
      return 'maxSamples' in fault
        ? {
            subject: 'The folder',
            predicate: `contains more than ${fault.maxSamples} samples`,
            remedy: 'use fewer samples',
          }
        : {
            subject: 'The folder',
            predicate: `contains more than ${fault.maxFiles} files`,
            remedy: 'move the samples and manifest.json to a folder of their own',
          };
    case 'NOT_AUDIO':
      return {
        subject: `"${fault.name}"`,
        predicate: `is ${fault.found}, not audio`,
        remedy: 'replace the file',
      };
    case 'NO_SOUND':
      return {
        subject: `"${fault.name}"`,
        predicate: 'is an audio file without sound',
        remedy: 'save the recording again, or remove the file',
      };
    case 'ARCHIVED':
      return {
        subject: `"${fault.name}"`,
        predicate: 'is archived in S3, and cannot be read',
        remedy: 'restore it (aws s3api restore-object) and wait until that is done, or replace it',
      };
    case 'ACCESS_DENIED':
      return { subject: `"${fault.name}"`, ...denied[fault.because] };
    case 'SAMPLE_UNREADABLE':
      return {
        subject: fault.name === undefined ? 'A sample' : `"${fault.name}"`,
        predicate: 'could not be read from S3',
      };
    case 'GAVE_UP':
      if ('isUnreachable' in fault) {
        return {
          subject: 'Callers',
          predicate: 'could not be reached',
          remedy: 'check the network of the function',
        };
      }
      return {
        subject: 'The request',
        predicate:
          fault.attempts === 1 ? 'could not be sent' : `could not be sent in ${fault.attempts} attempts`,
      };
    case 'API_CLOSED_CONNECTION':
      return {
        subject: 'Callers',
        predicate:
          'closed the connection before receiving all samples, usually because of the API key or the size of the samples',
        remedy: 'check both',
      };
    case 'NO_API_KEY':
      return fault.found === undefined
        ? {
            subject: 'No Callers API key',
            predicate: 'is stored for this bucket',
            remedy: 'ask your administrator to store one',
          }
        : {
            subject: 'The secret for the Callers API key',
            predicate: `contains ${fault.found}`,
            remedy: 'ask your administrator to store the key itself, or JSON such as {"apiKey": "…"}',
          };
    case 'API_KEY_UNREADABLE':
      return {
        subject: `The secret "${fault.secret}" with the Callers API key`,
        ...secretUnreadable[fault.because],
      };
    case 'LEDGER_REFUSED':
      return { subject: 'The ledger of this folder', ...ledgerRefused[fault.because] };
    case 'UNSUITABLE_STORE':
      return {
        subject: 'The store of the ledger',
        predicate: 'lacks conditional writes (If-None-Match and If-Match), so the voice could be made twice',
        remedy: 'ask your administrator to use Amazon S3, or another store that supports them',
      };
    case 'API_KEY_REJECTED':
      return {
        subject: 'Callers',
        predicate: 'rejected the API key, or does not allow it for this sub-organization',
        remedy: 'ask your administrator to check the stored key',
      };
    case 'API_REJECTED':
      return rejected[fault.by ?? 'Callers'](fault.message);
    case 'RATE_LIMITED':
      return {
        subject: 'Callers',
        predicate: 'is too busy to accept the request',
        remedy: fault.retryAfterSeconds ? `wait ${fault.retryAfterSeconds} seconds` : 'wait a while',
      };
    case 'INVALID_RESPONSE':
      return { subject: 'The answer', predicate: 'reports success, but contains no voices' };
    case 'OUTCOME_UNKNOWN':
      return { subject: 'The outcome', predicate: `is unknown: ${whyUnknown(fault.cause)}` };
  }
}

const rejected: Record<Refuser, (message: string) => Omit<Explanation, 'status'>> = {
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
  }
}

const denied: Record<
  Extract<Fault, { code: 'ACCESS_DENIED' }>['because'],
  Pick<Explanation, 'predicate' | 'remedy'>
> = {
  permission: {
    predicate: 'cannot be read: S3 denies the function access',
    remedy: 'ask your administrator to allow the function s3:GetObject',
  },
  listing: {
    predicate: 'cannot be listed: S3 denies the function access',
    remedy: 'ask your administrator to allow the function s3:ListBucket and s3:ListBucketMultipartUploads',
  },
  'KMS permission': {
    predicate: 'is encrypted with a KMS key that the function may not use',
    remedy: 'ask your administrator to allow the function kms:Decrypt on that key, or replace the file',
  },
  'KMS key': {
    predicate: 'is encrypted with a KMS key that cannot be used',
    remedy: 'ask your administrator to enable that key, or replace the file',
  },
  'own key': {
    predicate: 'is encrypted with a key that only its uploader has (SSE-C)',
    remedy: 'upload it without SSE-C',
  },
};

const secretUnreadable: Record<
  Extract<Fault, { code: 'API_KEY_UNREADABLE' }>['because'],
  Pick<Explanation, 'predicate' | 'remedy'>
> = {
  permission: {
    predicate: 'cannot be read: Secrets Manager denies the function access',
    remedy: 'ask your administrator to allow it secretsmanager:GetSecretValue',
  },
  'KMS permission': {
    predicate: 'is encrypted with a KMS key that the function may not use',
    remedy: 'ask your administrator to allow it kms:Decrypt on that key',
  },
  'KMS key': {
    predicate: 'is encrypted with a KMS key that cannot be used',
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
    remedy: 'ask your administrator to fix what "reason" describes',
  },
  outage: {
    predicate: 'could not be read in time',
    remedy: 'ask your administrator whether the function can reach Secrets Manager',
  },
};

const ledgerRefused: Record<
  Extract<Fault, { code: 'LEDGER_REFUSED' }>['because'],
  Pick<Explanation, 'predicate' | 'remedy'>
> = {
  permission: {
    predicate: 'cannot be read or written: S3 denies the function access',
    remedy:
      'ask your administrator to allow the function s3:GetObject, s3:PutObject and s3:ListBucket in the state bucket',
  },
  'KMS permission': {
    predicate: 'is encrypted with a KMS key that the function may not use',
    remedy: 'ask your administrator to allow it kms:Decrypt and kms:GenerateDataKey on that key',
  },
  refusal: secretUnreadable.refusal,
};

/** The error in `result.json`. */
export interface ResultError {
  code: DropFailureCode;
  /** What happened and what to do next, for the person who dropped the folder. */
  message: string;
  /** The problems in the manifest. */
  issues?: Issue[] | undefined;
  /** HTTP status of the API's answer. */
  httpStatus?: number | undefined;
  /** What the API said. */
  apiMessage?: string | undefined;
  /** What S3, Secrets Manager or the network said. */
  reason?: string | undefined;
}

/** @param answer what the API, AWS or the network said, if anything */
export function errorOf(fault: Fault, answer: ApiAnswer = {}): ResultError {
  const { status, subject, predicate, remedy: usual } = explain(fault);
  const remedy = answer.httpStatus === TOO_LARGE ? 'use fewer or shorter samples' : usual;
  const advice =
    status === 'unknown'
      ? `A voice may have been made. Check your voices in Callers, and ${TRY_AGAIN} only if the voice is not there.`
      : `${capitalized(remedy ? `${remedy}, then ${TRY_AGAIN}` : TRY_AGAIN)}.`;
  const { mayBeSent }: FailureFacts = failures[fault.code];
  const isCertain = status === 'failed' && !mayBeSent;
  return {
    code: fault.code,
    message: `${subject} ${predicate}. ${isCertain ? 'No voice was made. ' : ''}${advice}`,
    ...(fault.code === 'INVALID_MANIFEST' && { issues: [...fault.issues] }),
    ...answer,
  };
}

/** Whoever says so, Callers or a server before it. */
const TOO_LARGE = 413;

const TRY_AGAIN = 'upload manifest.json again';

/** Lists at most 20 names, to keep the sentence readable. */
function listed(names: readonly string[]): string {
  return names.slice(0, 20).join(', ') + (names.length > 20 ? ' …' : '');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A readable size. Two decimals, because it may be just above a limit. */
function sizeOf(bytes: number): string {
  if (bytes < 1024 ** 2) return `${bytes} bytes`;
  return bytes < 1024 ** 3
    ? `${(bytes / 1024 ** 2).toFixed(2)} MiB`
    : `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}
