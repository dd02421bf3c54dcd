import type { Issue } from '../shared/clone-settings.ts';
import type { Refuser } from '../shared/outcome.ts';
import { shorten } from '../shared/shorten.ts';
import type { ApiAnswer } from './api-answer.ts';

/** Why a drop made no voice, or may not have made one. `explanations.ts` puts it into words. */
export type Fault =
  | { code: 'INVALID_MANIFEST'; issues: readonly Issue[] }
  | { code: 'NO_SAMPLES' }
  | { code: 'MISSING_SAMPLES'; names: readonly string[] }
  | { code: 'MISSING_SAMPLES'; uploading: readonly string[] }
  | { code: 'MISSING_SAMPLES'; found: number; marked: number }
  | { code: 'EMPTY_SAMPLE'; names: readonly string[] }
  | { code: 'SAMPLE_CHANGED' }
  | { code: 'TOO_LARGE'; bytes: number; maxBytes: number }
  | { code: 'TOO_LARGE'; maxSamples: number }
  | { code: 'TOO_LARGE'; maxFiles: number }
  | { code: 'TOO_LARGE'; voices: number }
  | { code: 'NOT_AUDIO'; name: string; found: string }
  | { code: 'NO_SOUND'; name: string }
  | { code: 'ARCHIVED'; name: string }
  | {
      code: 'ACCESS_DENIED';
      name: string;
      because: 'permission' | 'listing' | 'KMS permission' | 'KMS key' | 'own key' | 'region' | 'refusal';
    }
  | { code: 'SAMPLE_UNREADABLE'; name?: string | undefined }
  | { code: 'GAVE_UP'; attempts: number }
  | { code: 'GAVE_UP'; isUnreachable: true }
  | { code: 'API_CLOSED_CONNECTION' }
  | { code: 'NO_API_KEY'; found?: string }
  | {
      code: 'API_KEY_UNREADABLE';
      secret: string;
      because: 'permission' | 'KMS permission' | 'KMS key' | 'deletion' | 'missing' | 'refusal' | 'outage';
    }
  | { code: 'LEDGER_REFUSED'; because: 'permission' | 'KMS permission' | 'refusal' | 'damage' }
  | { code: 'UNSUITABLE_STORE' }
  | { code: 'API_KEY_REJECTED' }
  | { code: 'API_REJECTED'; message: string; by?: Refuser }
  | { code: 'RATE_LIMITED'; retryAfterSeconds?: number | undefined }
  | { code: 'INVALID_RESPONSE' }
  | { code: 'OUTCOME_UNKNOWN'; cause: UnknownCause };

/** Why it is uncertain whether a voice was made. */
export type UnknownCause =
  /** The function died after the request was complete. */
  | { kind: 'stopped' }
  /** What came back says nothing certain. */
  | { kind: 'answer'; message: string }
  /** The outcome of another folder with the same recordings is unknown, or its ledger cannot be read. */
  | { kind: 'same recordings'; folder: string; isReadable: boolean };

/** A fault, and what the API, AWS or the network said about it. */
export interface Failure {
  fault: Fault;
  answer?: ApiAnswer;
}

/** More than anyone reads. Issues are written to the ledger, the result and a single log line. */
const MAX_ISSUES = 50;

/** Limits the issues: a manifest may contain many wrong keys, and very long ones. */
export function boundedIssues(issues: readonly Issue[]): Issue[] {
  const shown = issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => ({ path: shorten(path, 200), message: shorten(message, 1_000) }));
  const more = issues.length - shown.length;
  return more === 0 ? shown : [...shown, { path: '', message: `has ${more} more problems` }];
}
