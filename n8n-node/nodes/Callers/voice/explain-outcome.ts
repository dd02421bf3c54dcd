import type { CloneOutcome } from '../../../../shared/outcome.ts';
import type { FailureCode } from '../../../../shared/failures.ts';
import { refusedBefore } from '../refused-before-callers.ts';
import type { Failure } from './failure.ts';

/** What an explanation needs beside the outcome. */
export interface ExplainOptions {
  /** What the API said, possibly empty. */
  said: string;
  timeoutSeconds: number;
  apiUrl: string;
  /**
   * The sentence that says that no voice was made. Empty if the API can have had the complete request: then
   * only the API knows what it made, and what answers may be a proxy.
   */
  noVoice: string;
}

/**
 * Describes an outcome without a voice: what happened, whether a voice may exist, and what to do. The message
 * itself says if a voice may exist, because error outputs receive no description. What an agent receives
 * depends on its version: message and description, or nothing at all (before 3), unless the tool continues on
 * errors.
 */
export function explainOutcome(
  outcome: Exclude<CloneOutcome, { kind: 'cloned' }>,
  options: ExplainOptions,
): Failure {
  const { message, code, advice } = explanationOf(outcome, options);
  const voiceMayExist = outcome.kind === 'unknown';
  return {
    message: voiceMayExist
      ? `${message}. A voice may still have been made: check your voices in Callers before you run this again`
      : message,
    description: [
      voiceMayExist ? 'Run this again only if the voice is not there.' : options.noVoice,
      advice ?? (voiceMayExist ? '' : 'Correct what the message names, and run this again.'),
    ]
      .join(' ')
      .trim(),
    code: voiceMayExist && code !== 'INVALID_RESPONSE' ? 'OUTCOME_UNKNOWN' : code,
    voiceMayExist,
    ...(outcome.status !== undefined && { httpCode: String(outcome.status) }),
  };
}

interface Explanation {
  message: string;
  code: FailureCode;
  advice?: string;
}

function explanationOf(
  outcome: Exclude<CloneOutcome, { kind: 'cloned' }>,
  options: ExplainOptions,
): Explanation {
  const { said, timeoutSeconds, apiUrl } = options;
  // Neutral, because a proxy may have answered.
  const quoted = said && `The answer says: ${said}${/[.!?…]$/.test(said) ? '' : '.'}`;
  if (outcome.kind === 'rejected') return rejection(outcome, quoted, options);
  switch (outcome.reason) {
    case 'busy': {
      const { retryAfterSeconds: wait } = outcome;
      return {
        message: `Callers is too busy: try again in ${wait ? secondsText(wait) : 'a few minutes'}`,
        code: 'RATE_LIMITED',
        advice: quoted,
      };
    }
    case 'server-error':
      return { ...serverError(outcome.status ?? 500, quoted, apiUrl), code: 'API_FAILED' };
    case 'invalid-response':
      return {
        message: outcome.message,
        code: 'INVALID_RESPONSE',
        advice: `${baseUrlAdvice(apiUrl)} ${quoted}`,
      };
    case 'cancelled':
      return { message: 'The execution was canceled', code: 'CANCELLED' };
    case 'timeout':
      return {
        message: `Callers did not answer within ${secondsText(timeoutSeconds)}`,
        code: 'TIMED_OUT',
        advice: 'To allow more time, set a longer Timeout (Seconds) in the Options of this node.',
      };
    case 'closed':
      return outcome.kind === 'unknown'
        ? { message: 'Callers closed the connection without an answer', code: 'OUTCOME_UNKNOWN' }
        : {
            message: 'Callers closed the connection before receiving all samples',
            code: 'API_CLOSED_CONNECTION',
            advice: 'Usually the API key is wrong, or the samples are too large.',
          };
    case 'unreachable':
      return {
        message:
          outcome.kind === 'unknown' ? 'The connection to Callers failed' : 'Callers could not be reached',
        code: 'API_UNREACHABLE',
        advice: `${outcome.message}.`,
      };
  }
}

/** Answers that do not say whether the API carried out a complete request. */
function serverError(status: number, quoted: string, apiUrl: string): Omit<Explanation, 'code'> {
  switch (status) {
    case 302:
    case 303:
      return redirection(status, apiUrl);
    case 409:
      return {
        message: 'Callers reported a conflict (409)',
        advice: `This voice may already exist. ${quoted}`,
      };
    default: {
      const did = status === 429 || status === 503 ? 'was too busy' : 'failed';
      return {
        message: `Callers, or a server before it, ${did} to answer (${status})`,
        advice: quoted,
      };
    }
  }
}

function rejection(
  { status, by }: Extract<CloneOutcome, { kind: 'rejected' }>,
  quoted: string,
  { said, apiUrl }: ExplainOptions,
): Explanation {
  // The message already quotes Callers, so the advice does not.
  const rejected: Explanation = {
    message: said ? `Callers rejected the request: ${said}` : 'Callers rejected the request',
    code: 'API_REJECTED',
  };
  if (status < 400) return { ...rejected, ...redirection(status, apiUrl) };
  if (by !== 'Callers' && status !== 407 && status !== 413) {
    return {
      ...rejected,
      message: refusedBefore(by, status),
      advice: `${by === 'proxy' ? 'Ask your administrator to let n8n reach Callers.' : baseUrlAdvice(apiUrl)} ${quoted}`,
    };
  }
  switch (status) {
    case 401:
      return {
        message: 'Callers rejected the API key',
        code: 'API_KEY_REJECTED',
        advice: `Check the key in the credential. ${quoted}`,
      };
    case 403:
      return {
        message: 'Callers does not allow this API key to clone the voice',
        code: 'API_KEY_REJECTED',
        advice: `Check the key in the credential and, if you use one, the Sub-Organization ID. ${quoted}`,
      };
    case 404:
    case 405:
      return { ...rejected, advice: baseUrlAdvice(apiUrl) };
    case 407:
      return {
        ...rejected,
        message: 'A proxy, not Callers, rejected the request (407)',
        advice: `Check the proxy of n8n (HTTPS_PROXY) and its password. ${quoted}`,
      };
    case 413:
      return {
        ...rejected,
        message: `The audio samples are too large for ${by === 'proxy' ? 'a server before ' : ''}Callers`,
        advice: `Use fewer or shorter ones. ${quoted}`,
      };
    default:
      return rejected;
  }
}

function redirection(status: number, apiUrl: string): Omit<Explanation, 'code'> {
  return { message: `The Base URL leads elsewhere (${status})`, advice: baseUrlAdvice(apiUrl) };
}

function baseUrlAdvice(apiUrl: string): string {
  return `Check the Base URL in the credential: ${apiUrl}.`;
}

function secondsText(seconds: number): string {
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
