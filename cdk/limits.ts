import { Duration, Size } from 'aws-cdk-lib';
import { DEFAULT_CLONE_TIMEOUT_SECONDS } from '../functions/clone-voice/redelivery.ts';
import { defaultRules } from '../voice-folder/rules.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/** The values that must fit together, and into the limits of the function, Lambda and SQS. */
export interface Limits {
  readonly maxConcurrency: number;
  readonly timeout: Duration;
  readonly cloneTimeout: Duration;
  readonly completeWithin: Duration;
  readonly settle: Duration;
  readonly maxTotalSize: Size;
}

/** The smallest and the largest value that Lambda accepts. */
export const RANGES = { maxConcurrency: [2, 1000], memorySize: [128, 10_240] } as const;

/** The limits of a pipeline, with their defaults. */
export function limitsOf(props: VoiceClonePipelineProps): Limits {
  const {
    maxConcurrency = 5,
    timeout = Duration.minutes(15),
    cloneTimeout = Duration.seconds(DEFAULT_CLONE_TIMEOUT_SECONDS),
    completeWithin = Duration.seconds(defaultRules.completeWithinSeconds),
    settle = Duration.seconds(defaultRules.settleSeconds),
    maxTotalSize = Size.bytes(defaultRules.maxTotalBytes),
  } = props;
  return { maxConcurrency, timeout, cloneTimeout, completeWithin, settle, maxTotalSize };
}
