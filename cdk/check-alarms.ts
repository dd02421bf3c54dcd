import { inspect } from 'node:util';
import { Token } from 'aws-cdk-lib';
import type { AlarmThresholds } from './alarm-thresholds.ts';
import { aliasOf } from './keys.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';
import { inSeconds, isWholeFrom } from './whole-numbers.ts';
import { withoutNulls } from './without-nulls.ts';

/** The default key of encrypted topics. Its policy cannot be changed, and lets no service use it. */
const SNS_MANAGED_KEY = 'alias/aws/sns';

/** The alarms whose thresholds are counts. */
const COUNTED: Record<Exclude<keyof AlarmThresholds, 'waiting'>, true> = {
  deadLetters: true,
  errors: true,
  throttles: true,
  unknown: true,
  rateLimited: true,
  connectionClosed: true,
};

/** @throws {Error} for alarms that would notify nobody, or always. */
export function checkAlarms({ alarmTopic, alarmEmail, alarmThresholds = {} }: VoiceClonePipelineProps): void {
  if (alarmTopic?.masterKey && aliasOf(alarmTopic.masterKey) === SNS_MANAGED_KEY) {
    throw new Error(
      `alarmTopic is encrypted with the AWS managed key ${SNS_MANAGED_KEY}, which CloudWatch alarms cannot use: encrypt it ` +
        'with a key of your own',
    );
  }
  if (alarmTopic?.fifo && alarmEmail !== undefined) {
    throw new Error('alarmEmail cannot subscribe to alarmTopic, which is a FIFO topic: use a standard topic');
  }
  const { waiting, ...counts } = withoutNulls(alarmThresholds);
  for (const [name, count] of Object.entries(counts) as [string, number | undefined][]) {
    if (count === undefined) continue;
    if (!(name in COUNTED)) {
      const names = ['waiting', ...Object.keys(COUNTED)].join(', ');
      throw new Error(`alarmThresholds.${name} is the threshold of no alarm: use ${names}`);
    }
    if (Token.isUnresolved(count) || isWholeFrom(1, count, Infinity)) continue;
    throw new Error(`alarmThresholds.${name} must be a whole number, at least 1, not ${inspect(count)}`);
  }
  if (waiting && !waiting.isUnresolved() && !isWholeFrom(1, inSeconds(waiting), Infinity)) {
    throw new Error(
      `alarmThresholds.waiting must be a whole number of seconds, at least 1, not ${inSeconds(waiting)}`,
    );
  }
}
