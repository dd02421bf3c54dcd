import {
  type IDataObject,
  type IExecuteFunctions,
  type INode,
  NodeApiError,
  NodeOperationError,
} from 'n8n-workflow';
import type { FailureCode } from '../../../../shared/failures.ts';

/** Why there is no voice, as shown in the editor and read by workflows. */
export interface Failure {
  message: string;
  description: string;
  /** For workflows to branch on. */
  code: FailureCode;
  /** Whether a voice may still have been made. */
  voiceMayExist: boolean;
  /** HTTP status, as a string like n8n's. */
  httpCode?: string;
}

/**
 * An error of the API or the network. Made from strings only: an HTTP client's error would contain the whole
 * request, including the key.
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

/** An error of the input, found before the complete request was sent: no voice was made, which the description begins with. */
export function inputError(
  context: IExecuteFunctions,
  itemIndex: number,
  {
    message,
    description,
    code = 'INVALID_INPUT',
  }: { message: string; description: string; code?: FailureCode },
): NodeOperationError {
  const error = new NodeOperationError(context.getNode(), message, {
    itemIndex,
    description: `${noVoice(context)} ${description}`,
  });
  Object.assign(error.context, { code, voiceMayExist: false });
  return error;
}

/** Says that no voice was made, and whether that concerns only this item. */
export function noVoice(context: IExecuteFunctions): string {
  const isOfItem = context.getNodeParameter('voicesToMake', 0, '') === 'eachItem';
  return `No voice was made${isOfItem ? ' for this item' : ''}.`;
}

/** What a workflow can branch on; any other error, such as one in an expression, is one of the input. */
export function dataOf(error: NodeApiError | NodeOperationError): IDataObject {
  const { message, context } = error;
  const { voiceMayExist = false, code = 'INVALID_INPUT' } = context;
  const status = error instanceof NodeApiError && error.httpCode;
  return { message, voiceMayExist, code, ...(status && { status: Number(status) }) };
}
