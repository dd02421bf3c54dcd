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
  send: () => Promise<Cloned>;
}

/**
 * Sends a call at most once, even if n8n or a model makes it again: each request makes, and bills, another
 * voice. Voices are remembered, and failures after which a voice may exist; other failures may be retried.
 *
 * | who calls | the same call is | remembered voice | remembered failure |
 * |---|---|---|---|
 * | a node, in one execution | run and item ("Retry On Fail") | returned | thrown again |
 * | a node, in the parent's next execution of the sub-workflow | run, item and content, for ten minutes in this process | sent again | thrown again |
 * | a node, in a retried execution | run, item and content | returned | sent again: a person asked for it |
 * | a tool, tried again by n8n | the arguments' object: n8n counts the run index up | returned | thrown again |
 * | a tool, called again by a model | content | returned | thrown again, in this execution |
 * | a tool of an MCP trigger | content, for ten minutes in this process | returned | thrown again |
 *
 * Equal items of a node are what a person asked for, equal calls of a model a repetition.
 */
export function once(
  context: IExecuteFunctions,
  itemIndex: number,
  prepare: () => Promise<Call>,
): Promise<Cloned> {
  return isTool(context)
    ? oncePerToolCall(context, prepare)
    : oncePerItem(
        context,
        `${String(context.getWorkflowDataProxy(itemIndex)['$runIndex'])}/${itemIndex}`,
        prepare,
      );
}

async function oncePerItem(
  context: IExecuteFunctions,
  place: string,
  prepare: () => Promise<Call>,
): Promise<Cloned> {
  const memory = contextMemory(context) ?? new Map<string, Remembered>();
  const execution = context.getExecutionId();
  const before = memory.get(place);
  if (before && before.execution === execution) return before.cloned;
  const { content, send } = await prepare();
  if (before?.cloned.voices && before.content === content) return before.cloned;
  // "Retry On Fail" of a parent executes its sub-workflow again. Because a loop may ask for several equal voices, only
  // what must not be sent again is remembered.
  const parent = context.getMode() !== 'retry' && context.getExecutionContext()?.parentExecutionId;
  const siblings = parent ? recentMemory(`${scopeOf(context)}/${parent}/${place}`) : undefined;
  const sibling = siblings?.get(content);
  if (sibling) return sibling.cloned;
  const cloned = await send();
  const remembered = { execution, content, cloned };
  if (isFinal(cloned)) memory.set(place, remembered);
  if (cloned.failure?.voiceMayExist) siblings?.set(content, remembered);
  return cloned;
}

/** By the arguments of a tool call. */
const answered = new WeakMap<object, Cloned>();
/** By scope and content. */
const running = new Map<string, Promise<Cloned>>();

async function oncePerToolCall(context: IExecuteFunctions, prepare: () => Promise<Call>): Promise<Cloned> {
  const toolArguments = context.getInputData()[0]?.json ?? {};
  const answer = answered.get(toolArguments);
  if (answer) return answer;
  const { content, send } = await prepare();
  // In queue mode each call through an MCP trigger is an execution of its own.
  const execution = isOfMcpTrigger(context) ? undefined : context.getExecutionId();
  const memory = (execution && contextMemory(context)) || recentMemory(scopeOf(context));
  const before = memory.get(content);
  if (before && (before.cloned.voices || before.execution === execution)) return before.cloned;
  const key = `${scopeOf(context)}/${execution}/${content}`;
  const call = running.get(key) ?? send().finally(() => running.delete(key));
  running.set(key, call);
  const cloned = await call;
  if (isFinal(cloned)) {
    answered.set(toolArguments, cloned);
    memory.set(content, { execution, content, cloned });
  }
  return cloned;
}

function isFinal({ voices, failure }: Cloned): boolean {
  return voices !== undefined || failure.voiceMayExist;
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

function scopeOf(context: IExecuteFunctions): string {
  return `${context.getWorkflow().id}/${context.getNode().id}`;
}
