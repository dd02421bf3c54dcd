import type { IExecuteFunctions, INode } from 'n8n-workflow';

/** Whether the node runs as a tool of an agent or an MCP server: n8n gives that variant a name of its own. */
export function isTool(context: IExecuteFunctions): boolean {
  return context.getNode().type.endsWith('Tool');
}

/** Whether an MCP trigger calls the tool. */
export function isOfMcpTrigger(context: IExecuteFunctions): boolean {
  return (context as Partial<ToolContext>).parentNode?.type.endsWith('.mcpTrigger') ?? false;
}

/**
 * The context of a tool call whose expressions (`$fromAI`) see the arguments of this call. n8n counts runs
 * for each handle of a tool, from the number when it was made: if two handles are made before either is used,
 * as an agent that handles several items at once does, the second sees the arguments of the first.
 *
 * Must be called before anything is awaited, while the newest run is this one.
 */
export function withOwnArguments(context: IExecuteFunctions): IExecuteFunctions {
  const { runIndex, getNextRunIndex } = context as Partial<ToolContext>;
  if (!isTool(context) || !getNextRunIndex) return context;
  const ownRunIndex = getNextRunIndex.call(context) - 1;
  if (ownRunIndex < 0 || ownRunIndex === runIndex) return context;
  // n8n's `getNodeParameter` is bound to the first context; this is the method behind it.
  const getNodeParameter = Reflect.get(context, '_getNodeParameter') as IExecuteFunctions['getNodeParameter'];
  const own = Object.create(context, {
    runIndex: { value: ownRunIndex },
    getNodeParameter: { get: () => getNodeParameter.bind(own) },
  }) as IExecuteFunctions;
  return own;
}

/** What n8n's `SupplyDataContext` has besides. The engine, which counts right, uses another context. */
interface ToolContext {
  runIndex: number;
  parentNode?: INode;
  getNextRunIndex(this: IExecuteFunctions): number;
}
