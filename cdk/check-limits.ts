import { inspect } from 'node:util';
import { type Duration, type Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import { maxReceiveCount, SECONDS_TO_CONCLUDE } from '../functions/clone-voice/redelivery.ts';
import { type Limits, RANGES } from './limits.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';
import { inSeconds, isWholeFrom } from './whole-numbers.ts';

/** The maximum in a redrive policy (Amazon SQS, SetQueueAttributes). */
const MAX_RECEIVE_COUNT = 1000;

/** @throws {Error} says which value is unknown or out of its range, or does not fit another one. */
export function checkLimits(
  limits: Limits,
  { reservedConcurrentExecutions, memorySize }: VoiceClonePipelineProps,
): void {
  checkKnown(limits);
  const { maxConcurrency, maxTotalSize } = limits;
  const must = (isRight: boolean, rule: string) => {
    if (!isRight) throw new Error(rule);
  };
  const secondsOf = (name: 'timeout' | 'cloneTimeout' | 'completeWithin' | 'settle') => {
    const seconds = inSeconds(limits[name]);
    must(Number.isInteger(seconds), `${name} must be a whole number of seconds, not ${seconds}`);
    return seconds;
  };
  const timeout = secondsOf('timeout');
  const cloneTimeout = secondsOf('cloneTimeout');
  const completeWithin = secondsOf('completeWithin');
  const settle = secondsOf('settle');
  const mustBeInRange = (name: keyof typeof RANGES, value: number, unit = '') => {
    const [least, most] = RANGES[name];
    must(
      isWholeFrom(least, value, most),
      `${name} must be a whole number${unit} from ${least} to ${most}, not ${inspect(value)}`,
    );
  };
  mustBeInRange('maxConcurrency', maxConcurrency);
  if (isKnown(reservedConcurrentExecutions)) {
    must(
      isWholeFrom(maxConcurrency, reservedConcurrentExecutions, Infinity),
      `reservedConcurrentExecutions must be a whole number, at least maxConcurrency (${maxConcurrency}): otherwise Lambda ` +
        'throttles the function',
    );
  }
  if (isKnown(memorySize)) mustBeInRange('memorySize', memorySize, ' of MiB');
  const bytes = maxTotalSize.toBytes({ rounding: SizeRoundingBehavior.NONE });
  must(bytes >= 1, 'maxTotalSize must be at least one byte');
  must(
    isWholeFrom(1, bytes, MAX_TOTAL_BYTES),
    `maxTotalSize must be a whole number of bytes, less than a petabyte, not ${bytes}`,
  );
  must(timeout <= 900, 'timeout must be at most 15 minutes, Lambda’s limit');
  must(cloneTimeout >= 1, 'cloneTimeout must be at least one second');
  must(completeWithin >= 1, 'completeWithin must be at least one second');
  must(
    timeout > cloneTimeout + SECONDS_TO_CONCLUDE,
    `timeout must exceed cloneTimeout by more than ${SECONDS_TO_CONCLUDE} seconds`,
  );
  must(
    maxReceiveCount(completeWithin, timeout) <= MAX_RECEIVE_COUNT,
    `completeWithin must be at most 8 hours: SQS delivers a message at most ${MAX_RECEIVE_COUNT} times`,
  );
  must(
    settle <= completeWithin,
    `settle (${settle} seconds) must not exceed completeWithin (${completeWithin} seconds): no folder would settle in time`,
  );
}

/** Rejects stack parameters for values that the construct computes with at synthesis. */
function checkKnown(values: Limits): void {
  for (const [name, value] of Object.entries(values) as [string, number | Duration | Size][]) {
    if (typeof value === 'object' ? value.isUnresolved() : Token.isUnresolved(value)) {
      throw new Error(
        `${name} must be known when the app is synthesized: use a number, not a stack parameter`,
      );
    }
  }
}

/** The function takes at most 15 digits. */
const MAX_TOTAL_BYTES = 1e15 - 1;

function isKnown(value: number | undefined): value is number {
  return value !== undefined && !Token.isUnresolved(value);
}
