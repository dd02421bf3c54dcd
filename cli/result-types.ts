/*
 * What `result.json` holds, for programs that read it: the types that the package exports. They stand by themselves, so
 * that who uses them needs no zod. A test compares them with the schemas in voice-folder/result.ts.
 */

/** `result.json`. */
export type Result = WaitingResult | CloningResult | FinalResult;

/** How a drop ended. */
export type FinalResult = SucceededResult | FailedResult;

/** Samples are not there yet. */
export interface WaitingResult extends Drop {
  status: 'waiting';
  message: string;
  /** Names of the samples that are waited for. */
  missing: readonly string[];
  /** When waiting ends; a moment in UTC, as in ISO 8601. */
  until: string;
}

/** The samples are being sent, or Callers makes the voice. */
export interface CloningResult extends Drop {
  status: 'cloning';
  message: string;
  /** When the first attempt to send these samples began. */
  since: string;
}

/** There is a voice. */
export interface SucceededResult extends Finished {
  status: 'succeeded';
  voices: Voice[];
}

/** There is no voice (`failed`), or nobody knows (`unknown`): then look in Callers before you try again. */
export interface FailedResult extends Finished {
  status: 'failed' | 'unknown';
  error: ResultError;
}

/** What a drop is about. */
export interface Drop {
  samples?: Sample[] | undefined;
  /** Files that look like recordings and were not used. */
  ignored?: { name: string; why: string }[] | undefined;
  manifest: { key: string; etag: string };
  /** Of the request: the same samples and settings have the same. */
  fingerprint?: string | undefined;
  /** The sub-organization that the manifest names. */
  subOrganizationId?: string | undefined;
  /** S3's `sequencer` of the manifest's upload that this is about. */
  upload: string;
  /** The Lambda invocation, to find it in the logs. */
  requestId: string;
}

export interface Finished extends Drop {
  /** Other drops of this folder that made a voice, or may have; the newest first. */
  earlier?: EarlierDrop[] | undefined;
  finishedAt: string;
  /** While the topic for results could not be told yet. */
  published?: false | undefined;
}

export interface Sample {
  name: string;
  /** In bytes. */
  size: number;
  /** An earlier sample with the same content; it was sent once. */
  sameAs?: string | undefined;
}

/** Another drop of the same folder that made a voice, or may have. */
export interface EarlierDrop {
  status: 'succeeded' | 'unknown';
  upload: string;
  fingerprint?: string | undefined;
  finishedAt: string;
  /** Those that were made; missing when nobody knows. */
  voices?: { id: string; voiceId: string; name: string }[] | undefined;
}

/** A voice as Callers answers it; there may be more fields. */
export interface Voice {
  id: string;
  voiceId: string;
  name: string;
  isMultilingual: boolean;
  supportedLocales: string[];
  ttsClient: string;
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
  /** Status of the API's answer. */
  httpStatus?: number | undefined;
  /** What the API said. */
  apiMessage?: string | undefined;
}

/** docs/results.md in the repository says what to do about each. */
export type ErrorCode =
  | 'INVALID_MANIFEST'
  | 'NO_SAMPLES'
  | 'MISSING_SAMPLES'
  | 'EMPTY_SAMPLE'
  | 'SAMPLE_CHANGED'
  | 'TOO_LARGE'
  | 'NOT_AUDIO'
  | 'NO_SOUND'
  | 'GAVE_UP'
  | 'API_CLOSED_CONNECTION'
  | 'NO_API_KEY'
  | 'API_KEY_REJECTED'
  | 'API_REJECTED'
  | 'RATE_LIMITED'
  | 'INVALID_RESPONSE'
  | 'OUTCOME_UNKNOWN';
