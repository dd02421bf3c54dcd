import { type INode, NodeApiError } from 'n8n-workflow';

/** Why a request made no voice, for workflows to branch on. Uses the Lambda function's code if it has one. */
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

/** A request that made no voice, as shown in the editor and read by workflows. */
export interface Failure {
  message: string;
  description: string;
  code: FailureCode;
  /** Whether a voice may still have been made. */
  voiceMayExist: boolean;
  /** HTTP status, as a string like n8n's. */
  httpCode?: string;
}

/**
 * Creates an error from strings only: an HTTP client error would contain the whole request, including the
 * key.
 */
export function failureError(node: INode, itemIndex: number, failure: Failure): NodeApiError {
  const { message, description, httpCode, code, voiceMayExist } = failure;
  const shown = { message, description, ...(httpCode && { httpCode }) };
  const error = new NodeApiError(node, { ...shown }, { ...shown, itemIndex });
  // n8n 1 replaces messages that contain certain words, such as ECONNRESET.
  error.message = message;
  Object.assign(error.context, { code, voiceMayExist });
  return error;
}

/** The failure from which {@link failureError} created an error. */
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
