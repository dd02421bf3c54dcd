import type { IExecuteFunctions, ISourceData } from 'n8n-workflow';

/** The node that the input comes from. Undefined if there is none: for a tool of an MCP trigger. */
export function previousNode(context: IExecuteFunctions): ISourceData | undefined {
  try {
    return context.getInputSourceData();
  } catch {
    return undefined;
  }
}
