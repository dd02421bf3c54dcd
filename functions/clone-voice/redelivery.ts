/** Time limit of the API call, unless a deployment sets another. */
export const DEFAULT_CLONE_TIMEOUT_SECONDS = 600;

/** How much longer than `CLONE_TIMEOUT_SECONDS` the function's own timeout must be, to write down the outcome. */
export const SECONDS_TO_CONCLUDE = 20;

/** Seconds until the next look, after that many looks: soon at first, then every minute. */
export function backoffSeconds(looks: number): number {
  return [5, 10, 20, 40][looks - 1] ?? 60;
}

/**
 * How often a message may have to be received before its drop is settled, with room to spare: a queue must not give
 * up (`maxReceiveCount`) before the function does. A folder may take its time to become complete, the API may then be
 * busy as long again, and a claim may be held by an invocation that died.
 */
export function maxReceiveCount(completeWithinSeconds: number, functionTimeoutSeconds: number): number {
  const looksIn = (seconds: number) => 4 + Math.ceil(seconds / 60);
  return 2 * looksIn(completeWithinSeconds) + looksIn(functionTimeoutSeconds) + 10;
}

/**
 * For how long a message stays hidden after it was handed out: a little longer than the function can be at work on it, so
 * that a drop whose function died is taken up again in that time. AWS advises six times the function's timeout ("Using
 * Lambda with Amazon SQS"), so that Lambda can repeat a batch that was throttled before the message is handed out
 * again. Here a message that is handed out twice does no harm, since the ledger lets one attempt run at a time.
 */
export function visibilityTimeoutSeconds(functionTimeoutSeconds: number): number {
  return functionTimeoutSeconds + 60;
}
