/*
 * The types of `result.json`, exported for programs that read it. They have no imports, so that users do not need
 * zod. A test compares them with the schemas in voice-folder/result.ts.
 */

/** `result.json`. */
export type Result = WaitingResult | CloningResult | FinalResult;

/** How a drop ended. */
export type FinalResult = SucceededResult | FailedResult;

/** Samples are still missing. */
export interface WaitingResult extends Drop {
  status: 'waiting';
  message: string;
  /** Names of the missing samples. */
  missing: readonly string[];
  /** When waiting ends: an ISO 8601 time in UTC. */
  until: string;
}

/** The samples are being sent, or Callers is making the voice. */
export interface CloningResult extends Drop {
  status: 'cloning';
  message: string;
  /** When the first attempt to send these samples began. */
  since: string;
}

/** The voice was made. */
export interface SucceededResult extends Finished {
  status: 'succeeded';
  voices: Voice[];
}

/** No voice was made (`failed`), or one may exist (`unknown`): then check Callers before you try again. */
export interface FailedResult extends Finished {
  status: 'failed' | 'unknown';
  error: ResultError;
}

/** The fields that all results have. */
export interface Drop {
  samples?: Sample[] | undefined;
  /** Instead of `samples`, if their names are too long to be remembered. */
  sampleTotals?: { count: number; bytes: number } | undefined;
  /** Files that look like recordings and were not used. */
  ignored?: { name: string; why: string }[] | undefined;
  /** What the headers of the samples hint at; without a name if it concerns all of them. */
  hints?: { name?: string | undefined; code: HintCode; message: string }[] | undefined;
  manifest: { key: string; etag: string };
  /** Identifies the samples and settings. */
  fingerprint?: string | undefined;
  /** The sub-organization that the manifest names. */
  subOrganizationId?: string | undefined;
  /** S3's `sequencer` of the manifest's upload. */
  upload: string;
  /** The Lambda invocation's ID, for finding it in the logs. */
  requestId: string;
}

/** A code of `check`, or `PROVIDER` for what the provider's guide says. */
export type HintCode = 'UNKNOWN_FORMAT' | 'WRONG_EXTENSION' | 'TELEPHONE' | 'PROVIDER';

export interface Finished extends Drop {
  /** Other drops of this folder that made, or may have made, a voice; newest first. */
  earlier?: EarlierDrop[] | undefined;
  finishedAt: string;
  /** The folder of an earlier drop of the same recordings, which made the voices, or may have; nothing was sent. */
  clonedFrom?: string | undefined;
  /** Present until the result is published to the results topic. */
  published?: false | undefined;
}

export interface Sample {
  name: string;
  /** In bytes. */
  size: number;
  /** An earlier sample with the same content; only that one was sent. */
  sameAs?: string | undefined;
}

/** Another drop of the same folder that made, or may have made, a voice. */
export interface EarlierDrop {
  status: 'succeeded' | 'unknown';
  upload: string;
  fingerprint?: string | undefined;
  finishedAt: string;
  /** The voices that were made; missing if unknown. */
  voices?: { id: string; voiceId?: string | undefined; name: string }[] | undefined;
}

/** A voice as returned by Callers, possibly with more fields. */
export interface Voice {
  id: string;
  name: string;
  voiceId?: string | undefined;
  isMultilingual?: boolean | undefined;
  supportedLocales?: string[] | undefined;
  ttsClient?: string | undefined;
  organizationId?: string | null | undefined;
  settings?: Record<string, unknown> | null | undefined;
  [field: string]: unknown;
}

export interface ResultError {
  code: ErrorCode;
  /** What happened and what to do next, for the person who dropped the folder. */
  message: string;
  /** The problems in the manifest. */
  issues?: { path: string; message: string }[] | undefined;
  /** HTTP status of the API's answer. */
  httpStatus?: number | undefined;
  /** What the API said. */
  apiMessage?: string | undefined;
  /** What S3, Secrets Manager or the network said. */
  reason?: string | undefined;
}

/** docs/results.md in the repository describes each code. */
export type ErrorCode =
  | 'INVALID_MANIFEST'
  | 'NO_SAMPLES'
  | 'MISSING_SAMPLES'
  | 'EMPTY_SAMPLE'
  | 'SAMPLE_CHANGED'
  | 'TOO_LARGE'
  | 'ARCHIVED'
  | 'ACCESS_DENIED'
  | 'SAMPLE_UNREADABLE'
  | 'NOT_AUDIO'
  | 'NO_SOUND'
  | 'GAVE_UP'
  | 'API_CLOSED_CONNECTION'
  | 'NO_API_KEY'
  | 'API_KEY_UNREADABLE'
  | 'UNSUITABLE_STORE'
  | 'API_KEY_REJECTED'
  | 'API_REJECTED'
  | 'RATE_LIMITED'
  | 'INVALID_RESPONSE'
  | 'OUTCOME_UNKNOWN';
