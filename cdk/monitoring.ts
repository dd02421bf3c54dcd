import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
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

/** The parts of a pipeline that have metrics. */
export interface MonitoredParts {
  readonly function: IFunction;
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
}

/** The alarms, each for a thing that a person has to look at. */
export function createAlarms(
  scope: Construct,
  parts: MonitoredParts,
  topic: ITopic,
  completeWithin: Duration,
): Alarm[] {
  const alarm = (id: string, metric: IMetric, threshold: number, alarmDescription: string) => {
    const created = new Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    created.addAlarmAction(new SnsAction(topic));
    return created;
  };
  const period = Duration.minutes(5);
  return [
    alarm(
      'DeadLettersAlarm',
      parts.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
      1,
      'A drop could not be dealt with; its message is in the dead-letter queue. Look at the log, then redrive it.',
    ),
    alarm(
      'AgeAlarm',
      parts.queue.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM }),
      2 * completeWithin.toSeconds(),
      'A drop has been waiting for long. The API may be slow, or more is dropped than maxConcurrency lets through.',
    ),
    alarm(
      'ErrorsAlarm',
      parts.function.metricErrors({ period }),
      1,
      'The function failed: a wrong setting, a timeout or a crash. Look at the log.',
    ),
    alarm(
      'UnknownAlarm',
      emitted(parts, 'Unknown'),
      1,
      'Nobody knows whether a voice was made. Look at the voices in Callers, as result.json says.',
    ),
  ];
}

/** What an operator looks at first. */
export function createDashboard(scope: Construct, parts: MonitoredParts): Dashboard {
  const widget = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8 });
  const duration = (statistic: string) => emitted(parts, 'CloneDuration', statistic);
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        widget('Drops', emitted(parts, 'Cloned'), emitted(parts, 'Failed'), emitted(parts, 'Unknown')),
        widget('Put off, and delivered again', emitted(parts, 'Deferred'), emitted(parts, 'Duplicate')),
        widget(
          'Time of the API call (ms)',
          duration(Stats.p(50)),
          duration(Stats.p(95)),
          duration(Stats.MAXIMUM),
        ),
      ],
      [
        widget(
          'Queue',
          parts.queue.metricApproximateNumberOfMessagesVisible(),
          parts.queue.metricApproximateNumberOfMessagesNotVisible(),
          parts.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'Dead letters' }),
        ),
        widget('Age of the oldest message (s)', parts.queue.metricApproximateAgeOfOldestMessage()),
        widget(
          'Function',
          parts.function.metricInvocations(),
          parts.function.metricErrors(),
          parts.function.metricThrottles(),
        ),
      ],
    ],
  });
}

function emitted(
  { function: { functionName } }: MonitoredParts,
  name: string,
  statistic: string = Stats.SUM,
): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { service: functionName },
    statistic,
    period: Duration.minutes(5),
  });
}
