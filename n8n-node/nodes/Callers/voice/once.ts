import type { IExecuteFunctions } from 'n8n-workflow';
import type { Voice } from '../../../../shared/voice.ts';
import { type Failure, failureError, failureIn } from './failure.ts';

/**
 * Clones at most once for an item, however often n8n runs the node for it: "Retry On Fail" starts again from the
 * first item, and each further call would make, and cost, another voice. What n8n keeps for a node during an
 * execution (`getContext`, which the Loop node counts with) remembers the voices, and the failures after which there may
 * be one. Anything else is tried again. Nothing outlives the execution, and no key is in it.
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
  if (remembered) throw failureError(context.getNode(), itemIndex, remembered.failure);
  const voices = await clone().catch((error: unknown) => {
    const failure = failureIn(error);
    if (failure?.voiceMayExist) memory[key] = { failure };
    throw error;
  });
  memory[key] = { voices };
  return voices;
}

type Remembered = { voices: Voice[]; failure?: never } | { voices?: never; failure: Failure };
