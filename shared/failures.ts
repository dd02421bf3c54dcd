/** Who reported the failure. Only Callers' own words may be quoted as "Callers said". */
export type Speaker = 'Callers' | 'S3' | 'Secrets Manager' | 'the network' | 'the function' | 'n8n';

/** What is certain about a failure, in every wording. */
export interface FailureFacts {
  /** `failed`: nothing is left to find out; `unknown`: a voice may exist. */
  status: 'failed' | 'unknown';
  speaker: Speaker;
  /** Callers may have received the complete request, so no message says that no voice was made. */
  mayBeSent?: true;
  /** Only the n8n node reports it. */
  onlyIn?: 'n8n';
}

/**
 * The facts about each way to end without a voice. Ledger, result, terminal, n8n, alarms and documents take
 * codes, status and speaker from here; each has its own sentences.
 */
export const failures = {
  /** The manifest is not what docs/manifest.md describes. */
  INVALID_MANIFEST: { status: 'failed', speaker: 'the function' },
  /** No file in the folder is a sample. */
  NO_SAMPLES: { status: 'failed', speaker: 'the function' },
  /** A listed sample is not in the folder, or still uploading. */
  MISSING_SAMPLES: { status: 'failed', speaker: 'the function' },
  EMPTY_SAMPLE: { status: 'failed', speaker: 'the function' },
  /** A sample was replaced or deleted while it was being sent. */
  SAMPLE_CHANGED: { status: 'failed', speaker: 'the function' },
  /** Too many bytes, samples or files. */
  TOO_LARGE: { status: 'failed', speaker: 'the function' },
  /** S3 keeps a sample, or the manifest, in an archive. */
  ARCHIVED: { status: 'failed', speaker: 'S3' },
  /** S3 or KMS does not let the function read a sample, or the manifest. */
  ACCESS_DENIED: { status: 'failed', speaker: 'S3' },
  /** S3 did not send all of a sample, repeatedly. */
  SAMPLE_UNREADABLE: { status: 'failed', speaker: 'S3' },
  NOT_AUDIO: { status: 'failed', speaker: 'the function' },
  /** An audio file that contains no sound. */
  NO_SOUND: { status: 'failed', speaker: 'the function' },
  /** The request could not be sent, repeatedly. */
  GAVE_UP: { status: 'failed', speaker: 'the network' },
  /** The connection was closed before the end of the request. */
  API_CLOSED_CONNECTION: { status: 'failed', speaker: 'the network' },
  /** No API key is stored. */
  NO_API_KEY: { status: 'failed', speaker: 'the function' },
  /** Secrets Manager or KMS does not give out the API key, or cannot be reached. */
  API_KEY_UNREADABLE: { status: 'failed', speaker: 'Secrets Manager' },
  /** S3 or KMS does not let the function read or write the ledger, or it is damaged. Earlier deliveries may have sent the drop. */
  LEDGER_REFUSED: { status: 'failed', speaker: 'S3', mayBeSent: true },
  /** The store ignores conditional writes, so that a voice could be made twice. */
  UNSUITABLE_STORE: { status: 'failed', speaker: 'the function' },
  /** 401 or 403. */
  API_KEY_REJECTED: { status: 'failed', speaker: 'Callers', mayBeSent: true },
  /** Another answer that the request cannot be processed as it is. */
  API_REJECTED: { status: 'failed', speaker: 'Callers', mayBeSent: true },
  /** Callers was too busy, for too long. */
  RATE_LIMITED: { status: 'failed', speaker: 'Callers', mayBeSent: true },
  /** A successful answer that is not what is documented. */
  INVALID_RESPONSE: { status: 'unknown', speaker: 'Callers' },
  /** The complete request may have been received, and no answer reports its outcome. */
  OUTCOME_UNKNOWN: { status: 'unknown', speaker: 'the network' },

  /** A parameter of the node is invalid. */
  INVALID_INPUT: { status: 'failed', speaker: 'n8n', onlyIn: 'n8n' },
  /** Callers had an internal error before it received the complete request. */
  API_FAILED: { status: 'failed', speaker: 'Callers', onlyIn: 'n8n' },
  API_UNREACHABLE: { status: 'failed', speaker: 'the network', onlyIn: 'n8n' },
  /** The execution was canceled before the complete request was sent. */
  CANCELLED: { status: 'failed', speaker: 'n8n', onlyIn: 'n8n' },
  /** The time limit was over before the complete request was sent. */
  TIMED_OUT: { status: 'failed', speaker: 'the network', onlyIn: 'n8n' },
} as const satisfies Record<string, FailureFacts>;

type Facts = typeof failures;

/** The code of a failure, in `result.json` or n8n. */
export type FailureCode = keyof Facts;

/** The codes in `result.json`. */
export type DropFailureCode = {
  [Code in FailureCode]: Facts[Code] extends { onlyIn: 'n8n' } ? never : Code;
}[FailureCode];

/** The codes in `result.json`, in the order of the table. */
export const dropFailureCodes = Object.entries<FailureFacts>(failures)
  .filter(([, { onlyIn }]) => onlyIn === undefined)
  .map(([code]) => code as DropFailureCode);
