import type { OutgoingHttpHeaders } from 'node:http';

/**
 * How the simulator handles one request.
 *
 * `answer`, `reset` and `silence` also apply to an invalid request; `created` then has no effect, and
 * `problems` says why. The other behaviors end with the normal answer, good or bad.
 */
export type Behavior =
  /**
   * Validate and answer. Leaves a voice if the request is valid. Useful in a queue, before another behavior.
   */
  | { kind: 'normal' }
  /**
   * Answer this right after the headers; the body is not read, and half a second later the connection is
   * destroyed. Leaves no voice.
   */
  | (ForcedAnswer & { when: 'early'; created?: false })
  /** Read the whole body, then answer this. Leaves a voice only with `created`. @default created: false */
  | (ForcedAnswer & { when?: 'after-body'; created?: boolean })
  /** TCP reset right after the headers. Leaves no voice. */
  | { kind: 'reset'; when: 'before-body'; created?: false }
  /**
   * TCP reset once at least `afterBytes` of the body were read. Leaves no voice. The client may already have
   * sent all of a small body by then. @default afterBytes: half of Content-Length
   */
  | { kind: 'reset'; when: 'during-body'; afterBytes?: number; created?: false }
  /**
   * TCP reset after the body, in place of an answer. Leaves a voice only with `created`. @default created:
   * false
   */
  | { kind: 'reset'; when: 'after-body'; created?: boolean }
  /**
   * The normal answer with complete headers, and a TCP reset after `afterBytes` of its body. Leaves a voice
   * if the request is valid. @default afterBytes: half of the answer's body
   */
  | { kind: 'reset'; when: 'during-answer'; afterBytes?: number; created?: true }
  /**
   * Neither read nor answer. Leaves no voice. Because nothing is read, a disconnect is noticed only if the
   * rest of the body fits into the network buffers; otherwise the request ends with `close()`.
   */
  | { kind: 'silence'; when: 'from-start'; created?: false }
  /**
   * Read the whole body and never answer, until the client or `close()` ends the connection. Leaves a voice
   * only with `created`. @default created: false
   */
  | { kind: 'silence'; when: 'after-body'; created?: boolean }
  /** Read the body at this pace, then answer normally. Leaves a voice if the request is valid. */
  | { kind: 'slow-reading'; bytesPerSecond: number }
  /** The normal answer, its body at this pace. Leaves a voice if the request is valid. */
  | { kind: 'slow-answer'; bytesPerSecond: number; created?: true }
  /**
   * Read the whole body, wait for the promise, then answer normally. Leaves a voice if the request is valid;
   * as always, the voice is made as soon as the body has arrived, before the wait.
   */
  | { kind: 'hold'; until: Promise<unknown> };

/** An answer regardless of the request. */
export interface ForcedAnswer {
  kind: 'answer';
  status: number;
  /**
   * A string is sent as is, anything else as JSON.
   * @default the voices made, for a 2xx; a NestJS error body otherwise
   */
  body?: unknown;
  headers?: OutgoingHttpHeaders;
}

/** Whether a behavior decides the answer, valid request or not. */
export function decidesAnswer({ kind }: Behavior): boolean {
  return kind === 'answer' || kind === 'reset' || kind === 'silence';
}

/** Whether a valid request makes a voice. */
export function leavesVoice(behavior: Behavior): boolean | undefined {
  if (!decidesAnswer(behavior)) return true;
  if (behavior.kind === 'reset' && behavior.when === 'during-answer') return true;
  return 'created' in behavior && behavior.created;
}
