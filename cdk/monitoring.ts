import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  type MetricOptions,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../functions/clone-voice/metrics.ts';
import { dropFailureCodes } from '../shared/failures.ts';
import type { AlarmThresholds } from './alarm-thresholds.ts';
import { createAlarmTopic, letAlarmsPublish } from './topics.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/** The parts of a pipeline with metrics. */
export interface MonitoredParts {
  readonly function: IFunction;
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
}

const PERIOD = Duration.minutes(5);

/** An alarm, and what to do about it. */
interface Watch {
  readonly id: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly description: string;
  /** The alarm reports a single event, so its return to OK is not notified. */
  readonly isMoment?: boolean;
}

/** What watches a pipeline. */
export interface Monitoring {
  readonly alarmTopic: ITopic;
  readonly alarms: Alarm[];
  readonly dashboard: Dashboard | undefined;
}

/** Creates the topic that alarms notify, unless it is passed, and, if wanted, the alarms and the dashboard. */
export function createMonitoring(
  scope: Construct,
  parts: MonitoredParts,
  { completeWithin, encryptionKey }: { completeWithin: Duration; encryptionKey: IKey | undefined },
  props: VoiceClonePipelineProps,
): Monitoring {
  const { alarmTopic = createAlarmTopic(scope, encryptionKey), alarmThresholds: thresholds = {} } = props;
  if (props.alarmTopic) letAlarmsPublish(scope, props.alarmTopic);
  if (props.alarmEmail) alarmTopic.addSubscription(new EmailSubscription(props.alarmEmail));
  return {
    alarmTopic,
    alarms:
      props.alarms === false
        ? []
        : createAlarms(scope, parts, { topic: alarmTopic, completeWithin, thresholds }),
    dashboard: props.dashboard === false ? undefined : createDashboard(scope, parts),
  };
}

/** What alarms notify, and when. */
interface AlarmsProps {
  readonly topic: ITopic;
  readonly completeWithin: Duration;
  readonly thresholds: AlarmThresholds;
}

/**
 * Creates the alarms, each for a problem that needs a person. All except momentary ones also notify of
 * recovery.
 */
function createAlarms(scope: Construct, parts: MonitoredParts, { topic, ...props }: AlarmsProps): Alarm[] {
  return watchesOf(parts, props).map(({ id, metric, threshold, description, isMoment }) => {
    const alarm = new Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription: description,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    if (!isMoment) alarm.addOkAction(new SnsAction(topic));
    return alarm;
  });
}

function watchesOf(
  parts: MonitoredParts,
  { completeWithin, thresholds }: Omit<AlarmsProps, 'topic'>,
): Watch[] {
  const { queue, deadLetterQueue } = parts;
  const largest = { period: PERIOD, statistic: Stats.MAXIMUM };
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
      isMoment: true,
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
      metric: emitted(parts, 'Waiting', Stats.MAXIMUM),
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
      metric: emitted(parts, 'Unknown'),
      threshold: thresholds.unknown ?? 1,
      description: 'A voice may or may not have been made. Check the voices in Callers, as result.json says.',
    },
    {
      id: 'ResultUnwritableAlarm',
      metric: emitted(parts, 'ResultUnwritable'),
      threshold: 1,
      description:
        'S3 rejected result.json, so only the results topic and the function log say how a drop ended. Check the policy ' +
        'of the bucket, Object Lock and the KMS key, as the log says.',
    },
    {
      id: 'NoApiKeyAlarm',
      metric: emitted(parts, 'NO_API_KEY'),
      threshold: 1,
      description:
        'A drop failed because no API key is stored. Store it in the secret, then retry the failed drops: upload their ' +
        'manifests again.',
    },
    {
      id: 'ApiKeyUnreadableAlarm',
      metric: emitted(parts, 'API_KEY_UNREADABLE'),
      threshold: 1,
      description:
        'Secrets Manager did not give out the API key. Check result.json or the function log, which say why: a right, the ' +
        'secret or its KMS key is missing. Then retry the failed drops: upload their manifests again.',
    },
    {
      id: 'LedgerRefusedAlarm',
      metric: emitted(parts, 'LEDGER_REFUSED'),
      threshold: 1,
      description:
        'S3 refused the ledger of a folder, so nothing was sent, or an outcome was not recorded. Check result.json or the ' +
        'function log, which say why, and the policy of the state bucket and its KMS key. Then retry the failed drops: ' +
        'upload their manifests again.',
    },
    {
      id: 'ApiKeyRejectedAlarm',
      metric: emitted(parts, 'API_KEY_REJECTED'),
      threshold: 1,
      description:
        'Callers rejected the API key, or its use for the sub-organization in a manifest. If the key was revoked, store ' +
        'a new one, then retry the failed drops: upload their manifests again.',
    },
    {
      id: 'RateLimitedAlarm',
      metric: emitted(parts, 'RATE_LIMITED'),
      threshold: thresholds.rateLimited ?? 1,
      description:
        'Callers was too busy for a drop until its time limit (completeWithin). Lower maxConcurrency, or ask Callers ' +
        'for a higher limit, then retry the failed drops: upload their manifests again.',
    },
    {
      id: 'ConnectionClosedAlarm',
      metric: emitted(parts, 'API_CLOSED_CONNECTION'),
      threshold: thresholds.connectionClosed ?? 1,
      description:
        'Callers closed the connection three times before receiving all samples, usually because of the API key or the ' +
        'size of the samples. Check both, then retry the drop: upload its manifest again.',
    },
  ];
}

/** The dashboard for operators: outcomes of drops, their duration, and what is waiting. */
function createDashboard(scope: Construct, parts: MonitoredParts): Dashboard {
  const { queue, deadLetterQueue } = parts;
  const widget = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8 });
  const statistics = [Stats.p(50), Stats.p(95), Stats.MAXIMUM];
  const codes = dropFailureCodes.map((code) => emitted(parts, code));
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        new GraphWidget({
          title: 'Outcomes of drops',
          left: [emitted(parts, 'Cloned'), ...codes],
          stacked: true,
          width: 8,
        }),
        widget(
          'Time from drop to voice (s)',
          ...statistics.map((statistic) => emitted(parts, 'TimeToVoice', statistic, statistic)),
        ),
        widget(
          'Queued drops',
          queue.metricApproximateNumberOfMessagesVisible({ label: 'Waiting' }),
          queue.metricApproximateNumberOfMessagesNotVisible({ label: 'In progress or deferred' }),
          deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'Dead letters' }),
        ),
      ],
      [
        widget(
          'Duration of API calls (ms)',
          ...statistics.map((statistic) => emitted(parts, 'CloneDuration', statistic, statistic)),
        ),
        widget(
          'Waiting time of drops (s)',
          queue.metricApproximateAgeOfOldestMessage({ label: 'In the queue', statistic: Stats.MAXIMUM }),
          emitted(parts, 'Waiting', Stats.MAXIMUM, 'Deferred'),
        ),
        widget(
          'Function',
          parts.function.metricInvocations(),
          parts.function.metricErrors(),
          parts.function.metricThrottles(),
          emitted(parts, 'Deferred'),
          emitted(parts, 'Duplicate'),
        ),
      ],
    ],
  });
}

function emitted(
  { function: { functionName } }: MonitoredParts,
  name: string,
  statistic: string = Stats.SUM,
  label?: string,
): Metric {
  return metricOf(functionName, name, { statistic, ...(label !== undefined && { label }) });
}

/** A metric that the function emits: by default its sum in five minutes. */
export function metricOf(functionName: string, name: string, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { service: functionName },
    statistic: Stats.SUM,
    period: PERIOD,
    ...options,
  });
}
