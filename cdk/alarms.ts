import type { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { AlarmThresholds } from './alarm-thresholds.ts';
import { metricOf, type MonitoredParts, PERIOD } from './metrics.ts';

/** What alarms notify, and when. */
export interface AlarmsProps {
  readonly topic: ITopic;
  readonly completeWithin: Duration;
  readonly thresholds: AlarmThresholds;
}

/**
 * Creates the alarms, each for a problem that needs a person. All except momentary ones also notify of
 * recovery.
 */
export function createAlarms(
  scope: Construct,
  parts: MonitoredParts,
  { topic, ...props }: AlarmsProps,
): Alarm[] {
  return alarmDefinitions(parts, props).map(({ id, metric, threshold, description, isMomentary }) => {
    const alarm = new Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription: description,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    if (!isMomentary) alarm.addOkAction(new SnsAction(topic));
    return alarm;
  });
}

/** An alarm, and what to do about it. */
interface AlarmDefinition {
  readonly id: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly description: string;
  /** Whether the alarm reports a single event: its return to OK then means nothing, and notifies nobody. */
  readonly isMomentary?: boolean;
}

function alarmDefinitions(
  parts: MonitoredParts,
  { completeWithin, thresholds }: Omit<AlarmsProps, 'topic'>,
): AlarmDefinition[] {
  const { queue, deadLetterQueue } = parts;
  const largest = { period: PERIOD, statistic: Stats.MAXIMUM };
  const emitted = (name: string, statistic: string = Stats.SUM) =>
    metricOf(parts.function.functionName, name, { statistic });
  const tooLong = thresholds.waiting?.toSeconds() ?? 2 * completeWithin.toSeconds();
  return [
    {
      id: 'DeadLettersAlarm',
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible(largest),
      threshold: thresholds.deadLetters ?? 1,
      description:
        'A drop could not be handled; its message is in the dead-letter queue. Check the function log, fix the cause, ' +
        'then redrive the queue.',
    },
    {
      // An alarm that is already in ALARM does not notify again, and SQS does not count messages moved by a
      // redrive policy.
      id: 'MoreDeadLettersAlarm',
      metric: new MathExpression({
        label: 'More dead letters',
        expression: 'IF(DIFF(letters) > 0 AND letters > DIFF(letters), DIFF(letters), 0)',
        usingMetrics: {
          letters: new MathExpression({
            expression: 'visible + hidden',
            usingMetrics: {
              visible: deadLetterQueue.metricApproximateNumberOfMessagesVisible(largest),
              hidden: deadLetterQueue.metricApproximateNumberOfMessagesNotVisible(largest),
            },
            period: PERIOD,
          }),
        },
        period: PERIOD,
      }),
      threshold: 1,
      description:
        'Another drop could not be handled, while others are in the dead-letter queue. Check the function log, fix the ' +
        'cause, then redrive the queue.',
      isMomentary: true,
    },
    {
      id: 'AgeAlarm',
      metric: queue.metricApproximateAgeOfOldestMessage(largest),
      threshold: tooLong,
      description:
        'A drop has waited in the queue too long. If the function is running, drops arrive faster than maxConcurrency ' +
        'allows: raise it. If not, check that its event source mapping is enabled.',
    },
    {
      id: 'WaitingAlarm',
      metric: emitted('Waiting', Stats.MAXIMUM),
      threshold: tooLong,
      description:
        'A drop was deferred repeatedly. The "Deferred" lines in the function log say why: the API is busy, the results ' +
        'topic is unreachable, or a permission is missing. Fix that before the message reaches the dead-letter queue.',
    },
    {
      id: 'ErrorsAlarm',
      metric: parts.function.metricErrors({ period: PERIOD }),
      threshold: thresholds.errors ?? 1,
      description:
        'The function failed: an invalid setting, a timeout or a crash. Check its log; the drop will be retried.',
    },
    {
      id: 'ThrottlesAlarm',
      metric: parts.function.metricThrottles({ period: PERIOD }),
      threshold: thresholds.throttles ?? 1,
      description:
        'Lambda throttled the function, because the account has reached its concurrency limit. Drops wait. Raise the ' +
        'quota "Concurrent executions", or lower maxConcurrency.',
    },
    {
      id: 'UnknownAlarm',
      metric: emitted('Unknown'),
      threshold: thresholds.unknown ?? 1,
      description: 'A voice may or may not have been made. Check the voices in Callers, as result.json says.',
    },
    {
      id: 'ResultUnwritableAlarm',
      metric: emitted('ResultUnwritable'),
      threshold: 1,
      description:
        'S3 rejected result.json, so only the results topic and the function log say how a drop ended. Check the policy ' +
        'of the bucket, Object Lock and the KMS key, as the log says.',
    },
    {
      id: 'NoApiKeyAlarm',
      metric: emitted('NO_API_KEY'),
      threshold: 1,
      description:
        'A drop failed because no API key is stored. Store it in the secret, then retry the failed drops: upload their ' +
        'manifests again.',
    },
    {
      id: 'ApiKeyUnreadableAlarm',
      metric: emitted('API_KEY_UNREADABLE'),
      threshold: 1,
      description:
        'Secrets Manager did not return the API key. Check result.json or the function log, which say why: a permission, the ' +
        'secret or its KMS key is missing. Then retry the failed drops: upload their manifests again.',
    },
    {
      id: 'LedgerRefusedAlarm',
      metric: emitted('LEDGER_REFUSED'),
      threshold: 1,
      description:
        'S3 refused the ledger of a folder, or it is damaged, so nothing was sent, or an outcome was not recorded. Check ' +
        'result.json or the function log, which say why, and the policy of the state bucket and its KMS key. Restore an ' +
        'earlier version of a damaged ledger. Then retry the failed drops: upload their manifests again.',
    },
    {
      id: 'ApiKeyRejectedAlarm',
      metric: emitted('API_KEY_REJECTED'),
      threshold: 1,
      description:
        'Callers rejected the API key, or its use for the sub-organization in a manifest. If the key was revoked, store ' +
        'a new one, then retry the failed drops: upload their manifests again.',
    },
    {
      id: 'RateLimitedAlarm',
      metric: emitted('RATE_LIMITED'),
      threshold: thresholds.rateLimited ?? 1,
      description:
        'Callers was too busy for a drop until its time limit (completeWithin). Lower maxConcurrency, or ask Callers ' +
        'for a higher limit, then retry the failed drops: upload their manifests again.',
    },
    {
      id: 'ConnectionClosedAlarm',
      metric: emitted('API_CLOSED_CONNECTION'),
      threshold: thresholds.connectionClosed ?? 1,
      description:
        'Callers closed the connection three times before receiving all samples, usually because of the API key or the ' +
        'size of the samples. Check both, then retry the drop: upload its manifest again.',
    },
  ];
}
