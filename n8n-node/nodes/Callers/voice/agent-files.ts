import type {
  IBinaryData,
  IExecuteFunctions,
  INodeExecutionData,
  IPairedItemData,
  ISourceData,
} from 'n8n-workflow';
import { inputError } from './failure.ts';
import { previousNode } from './previous-node.ts';
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
  for (const { name, items } of itemsBefore(context)) {
    const withFiles = items
      .map((item) => Object.values(filesByField(item)))
      .filter((files) => files.length > 0);
    if (withFiles.length > 1) {
      // An agent that handles several items does not say which one a call is for.
      throw inputError(context, 0, {
        message: `"${name}" output several items with files, and it is unclear which of them this call is for`,
        description: `No voice was made. ${EXPRESSION}`,
      });
    }
    if (withFiles[0]) return withFiles[0];
  }
  throw inputError(context, 0, {
    message: context.getChatTrigger()
      ? 'The chat message came without files'
      : 'No node before this tool has files',
    description: `No voice was made. In a chat, ask for recordings: the chat trigger needs its option Allow File Uploads. ${EXPRESSION}`,
    code: 'NO_SAMPLES',
  });
}

const EXPRESSION =
  "For the files of another node, set Audio Files to an expression such as {{ $('Read Files').first().binary.data }}.";

/** What the nodes that may have the files output: the chat trigger, the node before the agent, and those before that. */
function* itemsBefore(context: IExecuteFunctions): Generator<{ name: string; items: INodeExecutionData[] }> {
  const chat = context.getChatTrigger()?.name;
  if (chat !== undefined) yield { name: chat, items: itemsOfAllOutputs(context, chat) };
  const source = sourceOfAgent(context);
  if (!source) return;
  const { previousNode: name, previousNodeOutput: output, previousNodeRun: run } = source;
  yield { name, items: itemsOf(context, name, output ?? 0, run) ?? [] };
  for (const parent of context.getParentNodes(name))
    yield { name: parent.name, items: itemsOfAllOutputs(context, parent.name) };
}

/**
 * The node and output whose items the agent got. If the engine runs the tool, the tool's own source is the
 * agent, and its item names that of the agent.
 */
function sourceOfAgent(context: IExecuteFunctions): ISourceData | undefined {
  const { sourceOverwrite } = Object(context.getInputData()[0]?.pairedItem) as Partial<IPairedItemData>;
  return sourceOverwrite ?? previousNode(context);
}

/** Of the last run: which output leads to the agent is not known. */
function itemsOfAllOutputs(context: IExecuteFunctions, name: string): INodeExecutionData[] {
  // A pinned node has the same items at any output, so there is no end to wait for.
  const outputs = Array.from({ length: MAX_OUTPUTS }, (_, output) => itemsOf(context, name, output) ?? []);
  return [...new Set(outputs.flat())];
}

/** More than a node can have. */
const MAX_OUTPUTS = 16;

/** Undefined if the node has not run, or has no such output. */
function itemsOf(
  context: IExecuteFunctions,
  name: string,
  output: number,
  run?: number,
): INodeExecutionData[] | undefined {
  try {
    return context.getWorkflowDataProxy(0)['$'](name, true).all(output, run) as INodeExecutionData[];
  } catch {
    return undefined;
  }
}
