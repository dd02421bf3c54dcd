import type { IBinaryData, IExecuteFunctions, INodeExecutionData, ISourceData } from 'n8n-workflow';
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
    const withFiles = items.map((item) => Object.values(filesByField(item))).filter(([file]) => file);
    if (withFiles.length > 1) throw severalItems(context, name);
    if (withFiles[0]) return withFiles[0];
  }
  throw inputError(context, 0, {
    message: context.getChatTrigger()
      ? 'The chat message came without files'
      : 'No node before this tool has files',
    description:
      "In a chat, ask for recordings: the chat trigger needs its option Allow File Uploads. For the files of another node, set Audio Files to an expression such as {{ $('Read Files').first().binary.data }}.",
    code: 'NO_SAMPLES',
  });
}

/**
 * Of an agent that handles several items, or whose tools the engine runs in a loop, n8n evaluates an expression such
 * as `$('Read Files').item` for the first, or not at all (findings/n8n-tool-item-is-first.sh,
 * findings/n8n-tool-item-stays-in-first-turn.sh).
 *
 * @throws {NodeOperationError} if the files, or the name, would be those of another item.
 */
export function assertOwnItem(context: IExecuteFunctions): void {
  const input = inputOfAgent(context);
  const isOther = input && (input.run || input.items.length > 1);
  if (isOther && /\.item\b|\$(itemIndex|binary)/.test(JSON.stringify(context.getNode().parameters)))
    throw severalItems(context, input.name);
}

function severalItems(context: IExecuteFunctions, name: string): Error {
  return inputError(context, 0, {
    message: `"${name}" output several items with files: it is unclear which of them this call is for`,
    description: 'Put Loop Over Items before the agent, with $json and Files of the Chat instead of .item.',
  });
}

/** What the nodes that may have the files output: the chat trigger, the node before the agent, and those before that. */
function* itemsBefore(context: IExecuteFunctions): Generator<{ name: string; items: INodeExecutionData[] }> {
  const chat = context.getChatTrigger()?.name;
  if (chat !== undefined) yield { name: chat, items: itemsOfAllOutputs(context, chat) };
  const input = inputOfAgent(context);
  if (!input) return;
  yield input;
  // n8n lists the farthest first.
  for (const { name } of context.getParentNodes(input.name).toReversed())
    yield { name, items: itemsOfAllOutputs(context, name) };
}

/** What the agent got, from which node, and, if the engine runs its tools, from which run of that. */
function inputOfAgent(
  context: IExecuteFunctions,
): { name: string; items: INodeExecutionData[]; run?: number | undefined } | undefined {
  const source = previousNode(context);
  if (!source) return undefined;
  // An agent whose tools the engine runs waits in its stack, with its input. What n8n notes with the item of the tool is
  // not where that input came from, from the agent's second call or run on, and with a human review the node before is that.
  const agent = (context as Partial<EngineContext>).runExecutionData?.executionData?.nodeExecutionStack.find(
    ({ metadata }) =>
      metadata?.subNodeExecutionData?.actions.some(({ nodeName }) => nodeName === context.getNode().name),
  );
  const {
    previousNode: name,
    previousNodeOutput: output,
    previousNodeRun: run,
  } = agent?.source.main[0] ?? source;
  return agent
    ? { name, items: agent.data.main[0], run }
    : { name, items: itemsOf(context, name, output, run) };
}

/** What n8n's contexts have besides, as far as it is needed. */
interface EngineContext {
  runExecutionData: {
    executionData?: {
      nodeExecutionStack: {
        data: { main: [INodeExecutionData[]] };
        source: { main: [ISourceData] };
        metadata?: { subNodeExecutionData?: { actions: { nodeName: string }[] } };
      }[];
    };
  };
}

/** Of the last run: which output leads to the agent is not known. */
function itemsOfAllOutputs(context: IExecuteFunctions, name: string): INodeExecutionData[] {
  // A pinned node has the same items at any output, so there is no end to wait for.
  const outputs = Array.from({ length: MAX_OUTPUTS }, (_, output) => itemsOf(context, name, output));
  return [...new Set(outputs.flat())];
}

/** More than a node can have. */
const MAX_OUTPUTS = 16;

/** None if the node has not run, or has no such output. */
function itemsOf(context: IExecuteFunctions, name: string, output = 0, run?: number): INodeExecutionData[] {
  try {
    return context.getWorkflowDataProxy(0)['$'](name, true).all(output, run) as INodeExecutionData[];
  } catch {
    return [];
  }
}
