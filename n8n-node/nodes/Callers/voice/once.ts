import type { IExecuteFunctions } from 'n8n-workflow';
import type { Voice } from '../../../../shared/voice.ts';
import type { Failure } from './failure.ts';
import { isOfMcpTrigger, isTool } from './tool-call.ts';

/** What came of a call: voices, or why there are none. */
export type Cloned = { voices: Voice[]; failure?: never } | { voices?: never; failure: Failure };

/** A call that is ready to be sent. */
export interface Call {
  /** A hash of all that decides which voice is made: two calls with the same content are the same request. */
  content: string;
  /** The same with a hash of each file: n8n names a file anew each time a workflow reads it. */
  hashed: () => Promise<string>;
  send: () => Promise<Cloned>;
}

/**
 * Sends a call at most once, even if n8n or a model makes it again: each request makes, and bills, another
 * voice. Voices are remembered, and failures after which a voice may exist; other failures may be retried.
 *
 * | who calls | the same call is | remembered voice | remembered failure |
 * |---|---|---|---|
 * | a node, in one execution | run and item ("Retry On Fail") | returned | thrown again |
 * | either, in the next execution of a sub-workflow | run and item of a node, and hashed content, for ten minutes in this process | sent again | thrown again |
 * | a node, in a retried execution | run, item and content | returned | sent again: a person asked for it |
 * | a tool, tried again by n8n | the arguments' object: n8n counts the run index up | returned | thrown again |
 * | a tool, called again by a model | content | returned | thrown again, in this execution |
 * | a tool of an MCP trigger | content, for ten minutes in this process | returned | thrown again |
 *
 * Equal items of a node are what a person asked for, equal calls of a model a repetition.
 */
export async function once(
  context: IExecuteFunctions,
  itemIndex: number,
  prepare: () => Promise<Call>,
): Promise<Cloned> {
  const ofTool = isTool(context) && (context.getInputData()[0]?.json ?? {});
  // A tool has no place: its calls are known by their content.
  const place = ofTool ? '' : `${String(context.getWorkflowDataProxy(itemIndex)['$runIndex'])}/${itemIndex}`;
  const scope = `${context.getWorkflow().id}/${context.getNode().id}/${place}`;
  // In queue mode each call through an MCP trigger is an execution of its own.
  const isOfMcp = isOfMcpTrigger(context);
  const execution = isOfMcp ? undefined : context.getExecutionId();
  const memory = (isOfMcp ? undefined : contextMemory(context)) ?? recentMemory(scope);
  const answer = ofTool ? answered.get(ofTool) : memory.get(place);
  if (answer && answer.execution === execution) return answer.cloned;
  const prepared = await prepare();
  const { content } = prepared;
  const before = memory.get(place || content);
  if (before?.content === content && (before.cloned.voices || before.execution === execution))
    return before.cloned;
  const key = `${scope}/${execution}/${content}`;
  const call =
    running.get(key) ?? sendUnlessLost(context, scope, prepared).finally(() => running.delete(key));
  running.set(key, call);
  const cloned = await call;
  const remembered = { execution, content, cloned };
  if (cloned.voices ?? cloned.failure.voiceMayExist) {
    if (ofTool) answered.set(ofTool, remembered);
    memory.set(place || content, remembered);
  }
  return cloned;
}

/** By the arguments of a tool call. */
const answered = new WeakMap<object, Remembered>();
/** By scope, place and content. */
const running = new Map<string, Promise<Cloned>>();

/**
 * The first parent by the object that n8n, from 2.4 on, hands from an execution to its sub-workflows, and to theirs
 * (findings/n8n-sub-workflow-context-is-mixed.sh).
 */
const families = new WeakMap<object, string>();

/**
 * "Retry On Fail" of a parent executes its sub-workflows again. Because a loop may ask for several equal voices, only
 * what must not be sent again is remembered.
 */
async function sendUnlessLost(context: IExecuteFunctions, scope: string, call: Call): Promise<Cloned> {
  const { parentExecutionId: parent, triggerNode: root = {} } = context.getExecutionContext() ?? {};
  if (!parent || context.getMode() === 'retry') return call.send();
  const family = families.get(root) ?? parent;
  families.set(root, family);
  const siblings = recentMemory(`${scope}/${family}`);
  const content = await call.hashed();
  const sibling = siblings.get(content);
  if (sibling) return sibling.cloned;
  const cloned = await call.send();
  if (cloned.failure?.voiceMayExist) siblings.set(content, { execution: family, content, cloned });
  return cloned;
}

interface Remembered {
  execution: string | undefined;
  content: string;
  cloned: Cloned;
}

interface Memory {
  get(key: string): Remembered | undefined;
  set(key: string, value: Remembered): unknown;
}

/**
 * The node's context, which n8n stores with the execution and hands to its retry; it contains no API key.
 * Undefined where n8n has none: for an MCP trigger (findings/n8n-mcp-tools-outside-executions.sh).
 */
function contextMemory(context: IExecuteFunctions): Memory | undefined {
  try {
    const stored = context.getContext('node') as Record<string, Remembered | undefined>;
    return { get: (key) => stored[key], set: (key, value) => (stored[key] = value) };
  } catch {
    return undefined;
  }
}

/** Longer than a client takes to repeat a call, shorter than a person takes to look in Callers and ask again. */
const RECENT_MILLISECONDS = 10 * 60 * 1000;

const recent = new Map<string, Remembered & { until: number }>();

/** The memory of this process, because an MCP trigger runs tools outside any execution. */
function recentMemory(scope: string): Memory {
  for (const [key, { until }] of recent) if (until < Date.now()) recent.delete(key);
  return {
    get: (key) => recent.get(`${scope}/${key}`),
    set: (key, value) => recent.set(`${scope}/${key}`, { ...value, until: Date.now() + RECENT_MILLISECONDS }),
  };
}
