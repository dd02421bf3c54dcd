import { type INode, NodeApiError } from 'n8n-workflow';

/** Why a request gave no voice, for a workflow to branch on. The codes of the Lambda function, where it has one. */
export type FailureCode =
  | 'API_CLOSED_CONNECTION'
  | 'API_FAILED'
  | 'API_KEY_REJECTED'
  | 'API_REJECTED'
  | 'API_UNREACHABLE'
  | 'CANCELLED'
  | 'INVALID_RESPONSE'
  | 'OUTCOME_UNKNOWN'
  | 'RATE_LIMITED'
  | 'TIMED_OUT';

/** A request without a voice, as the editor shows it and as a workflow reads it. */
export interface Failure {
  message: string;
  description: string;
  code: FailureCode;
  /** Whether a voice may have been made all the same. */
  voiceMayExist: boolean;
  /** HTTP status, as n8n writes it. */
  httpCode?: string;
}

/** Made of texts alone: an error of the HTTP client holds the whole request, with the key. */
export function failureError(node: INode, itemIndex: number, failure: Failure): NodeApiError {
  const { message, description, httpCode, code, voiceMayExist } = failure;
  const shown = { message, description, ...(httpCode && { httpCode }) };
  const error = new NodeApiError(node, { ...shown }, { ...shown, itemIndex });
  // n8n 1 replaces a message in which it knows a word, such as ECONNRESET.
  error.message = message;
  Object.assign(error.context, { code, voiceMayExist });
  return error;
}

/** The failure that an error was made of by {@link failureError}. */
export function failureIn(error: unknown): Failure | undefined {
  if (!(error instanceof NodeApiError) || error.context['code'] === undefined) return undefined;
  const { message, description, httpCode, context } = error;
  return {
    message,
    description: description ?? '',
    code: context['code'] as FailureCode,
    voiceMayExist: context['voiceMayExist'] === true,
    ...(httpCode && { httpCode }),
  };
}
