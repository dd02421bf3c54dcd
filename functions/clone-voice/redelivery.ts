/** Time limit of the API call, unless a deployment sets another. */
export const DEFAULT_CLONE_TIMEOUT_SECONDS = 600;

/** The function's timeout must exceed `CLONE_TIMEOUT_SECONDS` by more than this: the time to record the outcome. */
export const SECONDS_TO_CONCLUDE = 20;

/** Seconds to wait after this many checks: short at first, then one minute. */
export function backoffSeconds(looks: number): number {
  return [5, 10, 20, 40][looks - 1] ?? 60;
}

/**
 * The queue's `maxReceiveCount`: how often a message may have to be received before its drop ends, plus a
 * margin, because the queue must not give up before the function does. Allows for a folder that completes
 * late, an API that is then busy for as long again, and a claim held by a dead invocation.
 */
export function maxReceiveCount(completeWithinSeconds: number, functionTimeoutSeconds: number): number {
  const looksIn = (seconds: number) => 4 + Math.ceil(seconds / 60);
  return 2 * looksIn(completeWithinSeconds) + looksIn(functionTimeoutSeconds) + 10;
}

/**
 * The queue's visibility timeout: slightly longer than the function's timeout, so that a drop is retried soon
 * after its function died. AWS recommends six times the function's timeout ("Using Lambda with Amazon SQS"),
 * so that Lambda can retry a throttled batch before the message is redelivered. Duplicate deliveries are
 * harmless here, because the ledger allows only one attempt at a time.
 */
export function visibilityTimeoutSeconds(functionTimeoutSeconds: number): number {
  return functionTimeoutSeconds + 60;
}
