import type { CloneOutcome } from '../../../../shared/outcome.ts';
import type { Failure, FailureCode } from './failure.ts';

export interface ExplainOptions {
  /** What the API said, possibly empty. */
  said: string;
  timeoutSeconds: number;
  /** The sentence that says that no voice was made. */
  noVoice: string;
}

/**
 * Describes an outcome without a voice: what happened, whether a voice may exist, and what to do. The message
 * itself says if a voice may exist, because agents and error outputs receive only the message.
 */
export function explainOutcome(
  outcome: Exclude<CloneOutcome, { kind: 'cloned' }>,
  options: ExplainOptions,
): Failure {
  const { message, code, advice = '' } = explanationOf(outcome, options);
  const voiceMayExist = outcome.kind === 'unknown';
  return {
    message: voiceMayExist
      ? `${message}. A voice may still have been made: check your voices in Callers before you run this again`
      : message,
    description:
      `${voiceMayExist ? 'Run this again only if the voice is not there.' : options.noVoice} ${advice}`.trim(),
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
  { said, timeoutSeconds }: ExplainOptions,
): Explanation {
  const quoted = said ? `Callers said: ${said}` : '';
  if (outcome.kind === 'rejected') return rejection(outcome.status, said, quoted);
  switch (outcome.reason) {
    case 'busy': {
      const { retryAfterSeconds: wait } = outcome;
      return {
        message: `Callers is too busy: try again in ${wait === undefined ? 'a few minutes' : secondsText(wait)}`,
        code: 'RATE_LIMITED',
        advice: quoted,
      };
    }
    case 'server-error':
      return {
        message: `Callers had an internal error (${outcome.status})`,
        code: 'API_FAILED',
        advice: quoted,
      };
    case 'invalid-response':
      return {
        message: 'Callers’ answer contains no voices',
        code: 'INVALID_RESPONSE',
        advice: quoted,
      };
    case 'cancelled':
      return { message: 'The execution was canceled', code: 'CANCELLED' };
    case 'timeout':
      return {
        message: `Callers did not answer within ${secondsText(timeoutSeconds)}`,
        code: 'TIMED_OUT',
        advice: 'To allow more time, add the option Timeout (Seconds) to this node.',
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
      return { message: 'Callers could not be reached', code: 'API_UNREACHABLE', advice: outcome.message };
  }
}

function rejection(status: number, said: string, quoted: string): Explanation {
  // The message already quotes Callers, so the advice does not.
  const rejected: Explanation = {
    message: said ? `Callers rejected the request: ${said}` : 'Callers rejected the request',
    code: 'API_REJECTED',
  };
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
    case 409:
      return { ...rejected, advice: 'Check your voices in Callers first: this voice may already exist.' };
    case 413:
      return {
        message: 'The audio samples are too large for Callers',
        code: 'API_REJECTED',
        advice: `Use fewer or shorter ones. ${quoted}`,
      };
    default:
      return rejected;
  }
}

function secondsText(seconds: number): string {
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
