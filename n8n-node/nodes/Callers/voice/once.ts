import type { IExecuteFunctions } from 'n8n-workflow';
import type { Voice } from '../../../../shared/voice.ts';
import { type Failure, failureError, failureIn } from './failure.ts';

/**
 * Clones at most once per item, even if n8n runs the node again: "Retry On Fail" restarts from the first
 * item, and each extra call would make, and bill, another voice. Voices, and failures after which a voice may
 * exist, are remembered in the node's context (`getContext`, which the Loop node also uses); other failures
 * are retried. The context lasts for one execution and contains no API key.
 */
export async function oncePerItem(
  context: IExecuteFunctions,
  itemIndex: number,
  clone: () => Promise<Voice[]>,
): Promise<Voice[]> {
  const memory = context.getContext('node') as Record<string, Remembered | undefined>;
  const run = String(context.getWorkflowDataProxy(itemIndex)['$runIndex']);
  // Running the workflow again, or retrying the execution from the list, means that a person wants another
  // try.
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
