import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../functions/clone-voice/metrics.ts';
import { statusOf } from '../voice-folder/error-codes.ts';

/** The parts of a pipeline that have metrics. */
export interface MonitoredParts {
  readonly function: IFunction;
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
}

const PERIOD = Duration.minutes(5);

/** An alarm, and what a person does about it. */
interface Watch {
  readonly id: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly description: string;
  /** It tells of a moment; that the moment has passed is no news. */
  readonly isMoment?: boolean;
}

/** The alarms, each for a thing that a person has to look at. All but momentary ones also tell when it is over. */
export function createAlarms(
  scope: Construct,
  parts: MonitoredParts,
  topic: ITopic,
  completeWithin: Duration,
): Alarm[] {
  return watchesOf(parts, completeWithin).map(({ id, metric, threshold, description, isMoment }) => {
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

function watchesOf(parts: MonitoredParts, completeWithin: Duration): Watch[] {
  const { queue, deadLetterQueue } = parts;
  const largest = { period: PERIOD, statistic: Stats.MAXIMUM };
  const tooLong = 2 * completeWithin.toSeconds();
  return [
    {
      id: 'DeadLettersAlarm',
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible(largest),
      threshold: 1,
      description:
        'A drop could not be dealt with; its message is in the dead-letter queue. Look at the log of the function, mend ' +
        'the cause, then redrive the queue.',
    },
    {
      // An alarm that is on already sends nothing. Of messages that a redrive policy moves, no other metric counts each.
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
        'Another drop could not be dealt with, while others are in the dead-letter queue. Look at the log of the ' +
        'function, mend the cause, then redrive the queue.',
      isMoment: true,
    },
    {
      id: 'AgeAlarm',
      metric: queue.metricApproximateAgeOfOldestMessage(largest),
      threshold: tooLong,
      description:
        'A drop has been waiting in the queue for long, and was hardly looked at. If the function runs, more is dropped ' +
        'than maxConcurrency lets through: raise it. If not, look whether its event source mapping is enabled.',
    },
    {
      id: 'WaitingAlarm',
      metric: emitted(parts, 'Waiting', Stats.MAXIMUM),
      threshold: tooLong,
      description:
        'A drop was put off again and again. The log of the function says why in its lines "Deferred": the API is busy, ' +
        'the topic for results cannot be reached, or a permission is missing. Mend that before it is a dead letter.',
    },
    {
      id: 'ErrorsAlarm',
      metric: parts.function.metricErrors({ period: PERIOD }),
      threshold: 1,
      description:
        'The function failed: a wrong setting, a timeout or a crash. Look at its log; the drop is tried again.',
    },
    {
      id: 'ThrottlesAlarm',
      metric: parts.function.metricThrottles({ period: PERIOD }),
      threshold: 1,
      description:
        'Lambda did not let the function run, because the account runs as many functions as it may. Drops wait. Raise ' +
        'the quota "Concurrent executions", or lower maxConcurrency.',
    },
    {
      id: 'UnknownAlarm',
      metric: emitted(parts, 'Unknown'),
      threshold: 1,
      description:
        'Nobody knows whether a voice was made. Look at the voices in Callers, as result.json says.',
    },
    {
      id: 'NoApiKeyAlarm',
      metric: emitted(parts, 'NO_API_KEY'),
      threshold: 1,
      description:
        'A drop failed because no API key is stored. Store it in the secret, then have the drops tried again: upload ' +
        'their manifests once more.',
    },
    {
      id: 'ApiKeyRejectedAlarm',
      metric: emitted(parts, 'API_KEY_REJECTED'),
      threshold: 1,
      description:
        'Callers refused the API key, or its use for the sub-organization that a manifest names. If the key was revoked, ' +
        'store another one; then have the drops tried again: upload their manifests once more.',
    },
    {
      id: 'RateLimitedAlarm',
      metric: emitted(parts, 'RATE_LIMITED'),
      threshold: 1,
      description:
        'Callers was too busy for a drop for as long as it may wait (completeWithin). Lower maxConcurrency, or ask ' +
        'Callers for more; then have the drops tried again: upload their manifests once more.',
    },
    {
      id: 'ConnectionClosedAlarm',
      metric: emitted(parts, 'API_CLOSED_CONNECTION'),
      threshold: 1,
      description:
        'Callers hung up three times before it had the samples, usually because of the API key or the size of the ' +
        'samples. Check both; then have the drop tried again: upload its manifest once more.',
    },
  ];
}

/** What an operator looks at first: what came of drops, how long it took, and what waits. */
export function createDashboard(scope: Construct, parts: MonitoredParts): Dashboard {
  const { queue, deadLetterQueue } = parts;
  const widget = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8 });
  const statistics = [Stats.p(50), Stats.p(95), Stats.MAXIMUM];
  const codes = Object.keys(statusOf).map((code) => emitted(parts, code));
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        new GraphWidget({
          title: 'What came of drops',
          left: [emitted(parts, 'Cloned'), ...codes],
          stacked: true,
          width: 8,
        }),
        widget(
          'Time from drop to voice (s)',
          ...statistics.map((statistic) => emitted(parts, 'TimeToVoice', statistic, statistic)),
        ),
        widget(
          'What waits',
          queue.metricApproximateNumberOfMessagesVisible({ label: 'Waiting' }),
          queue.metricApproximateNumberOfMessagesNotVisible({ label: 'At work, or put off' }),
          deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'Dead letters' }),
        ),
      ],
      [
        widget(
          'Time of the API call (ms)',
          ...statistics.map((statistic) => emitted(parts, 'CloneDuration', statistic, statistic)),
        ),
        widget(
          'How long drops wait (s)',
          queue.metricApproximateAgeOfOldestMessage({ label: 'In the queue', statistic: Stats.MAXIMUM }),
          emitted(parts, 'Waiting', Stats.MAXIMUM, 'Put off'),
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
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { service: functionName },
    statistic,
    period: PERIOD,
    ...(label !== undefined && { label }),
  });
}
