import { type IExecuteFunctions, type INode, NodeApiError } from 'n8n-workflow';
import type { Voice } from '../../../../shared/voice.ts';

/**
 * Clones at most once for an item, however often n8n runs the node for it: "Retry On Fail" starts again from the
 * first item, and each further call would make, and cost, another voice. What n8n keeps for a node during an
 * execution remembers the voices, and the failures after which there may be one. Anything else is tried again.
 */
export async function oncePerItem(
  context: IExecuteFunctions,
  itemIndex: number,
  clone: () => Promise<Voice[]>,
): Promise<Voice[]> {
  const memory = context.getContext('node') as Record<string, Remembered | undefined>;
  const run = String(context.getWorkflowDataProxy(itemIndex)['$runIndex']);
  // A person who runs the workflow again, or this execution from the list, wants another try.
  const key = `${context.getExecutionId()}/${run}/${itemIndex}`;
  const remembered = memory[key];
  if (remembered?.voices) return remembered.voices;
  if (remembered) throw mayHaveCloned(context.getNode(), itemIndex, remembered.failure);
  const voices = await clone().catch((error: unknown) => {
    if (error instanceof NodeApiError && error.context[MAY_HAVE_CLONED])
      memory[key] = { failure: failureIn(error) };
    throw error;
  });
  memory[key] = { voices };
  return voices;
}

type Remembered = { voices: Voice[]; failure?: never } | { voices?: never; failure: Failure };

/** What the editor shows of a failure. */
export interface Failure {
  message: string;
  description: string;
  httpCode?: string;
}

function failureIn({ message, description, httpCode }: NodeApiError): Failure {
  return { message, description: description ?? '', ...(httpCode && { httpCode }) };
}

const MAY_HAVE_CLONED = 'voiceMayExist';

/** The error for a request after which nobody knows whether there is a voice. */
export function mayHaveCloned(node: INode, itemIndex: number, failure: Failure): NodeApiError {
  const error = new NodeApiError(node, { ...failure }, { ...failure, itemIndex });
  error.context[MAY_HAVE_CLONED] = true;
  return error;
}
