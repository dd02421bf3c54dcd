import { type Duration, Token } from 'aws-cdk-lib';
import { aliasOf } from './keys.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';
import { inSeconds, isWholeFrom } from './whole-numbers.ts';

/** The default key of encrypted topics. Its policy cannot be changed, and lets no service use it. */
const SNS_MANAGED_KEY = 'alias/aws/sns';

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
  for (const [name, value] of Object.entries(alarmThresholds) as [string, Duration | number | undefined][]) {
    if (value === undefined || Token.isUnresolved(value)) continue;
    if (typeof value === 'number') {
      if (!isWholeFrom(1, value, Infinity)) {
        throw new Error(`alarmThresholds.${name} must be a whole number, at least 1, not ${value}`);
      }
    } else if (!value.isUnresolved() && !isWholeFrom(1, inSeconds(value), Infinity)) {
      throw new Error(
        `alarmThresholds.${name} must be a whole number of seconds, at least 1, not ${inSeconds(value)}`,
      );
    }
  }
}
