import type { IBinaryData, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { inputError } from './failure.ts';
import { filesByField } from './binary.ts';

/** The value of "Audio Files" that stands for the files of the chat, or of the nodes before the agent. */
export const FILES_OF_AGENT = 'filesOfAgent';

/**
 * The files that came with the message to an agent: those of the chat trigger, whatever its name, or of the
 * nearest node before the agent that has any.
 *
 * @throws {NodeOperationError} if there are none.
 */
export function agentFiles(context: IExecuteFunctions): IBinaryData[] {
  for (const name of nodesBefore(context)) {
    const withFiles = itemsOf(context, name)
      .map((item) => Object.values(filesByField(item)))
      .filter((files) => files.length > 0);
    if (withFiles.length > 1) {
      // An agent that handles several items does not say which one a call is for.
      throw inputError(context, 0, {
        message: `"${name}" output several items with files, and which of them this call is for is not known`,
        description: `No voice was made. ${EXPRESSION}`,
      });
    }
    if (withFiles[0]) return withFiles[0];
  }
  throw inputError(context, 0, {
    message: 'The chat message came without files',
    description: `No voice was made. Ask for recordings in the chat: the chat trigger needs its option Allow File Uploads. ${EXPRESSION}`,
    code: 'NO_SAMPLES',
  });
}

const EXPRESSION =
  "For the files of another node, set Audio Files to an expression such as {{ $('Read Files').first().binary.data }}.";

/** The names of the nodes that may have the files. */
function nodesBefore(context: IExecuteFunctions): string[] {
  const previous = context.getInputSourceData().previousNode;
  const before = [previous, ...context.getParentNodes(previous).map(({ name }) => name)];
  return [context.getChatTrigger()?.name, ...before].filter((name) => name !== undefined);
}

function itemsOf(context: IExecuteFunctions, name: string): INodeExecutionData[] {
  try {
    return context.getWorkflowDataProxy(0)['$'](name, true).all() as INodeExecutionData[];
  } catch {
    // It has not run.
    return [];
  }
}
