import { Dashboard, GraphWidget, type IMetric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { dropFailureCodes } from '../shared/failures.ts';
import { metricOf, type MonitoredParts } from './metrics.ts';

/** The dashboard for operators: outcomes of drops, their duration, and what is waiting. */
export function createDashboard(scope: Construct, parts: MonitoredParts): Dashboard {
  const { queue, deadLetterQueue } = parts;
  const emitted = (name: string, options?: MetricOptions) =>
    metricOf(parts.function.functionName, name, options);
  const widget = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8 });
  const percentiles = (name: string) =>
    [Stats.p(50), Stats.p(95), Stats.MAXIMUM].map((statistic) =>
      emitted(name, { statistic, label: statistic }),
    );
  const codes = dropFailureCodes.map((code) => emitted(code));
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        new GraphWidget({
          title: 'Outcomes of drops',
          left: [emitted('Cloned'), ...codes],
          stacked: true,
          width: 8,
        }),
        widget('Time from drop to voice (s)', ...percentiles('TimeToVoice')),
        widget(
          'Queued drops',
          queue.metricApproximateNumberOfMessagesVisible({ label: 'Waiting' }),
          queue.metricApproximateNumberOfMessagesNotVisible({ label: 'In progress or deferred' }),
          deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'Dead letters' }),
        ),
      ],
      [
        widget('Duration of API calls (ms)', ...percentiles('CloneDuration')),
        widget(
          'Waiting time of drops (s)',
          queue.metricApproximateAgeOfOldestMessage({ label: 'In the queue', statistic: Stats.MAXIMUM }),
          emitted('Waiting', { statistic: Stats.MAXIMUM, label: 'Deferred' }),
        ),
        widget(
          'Function',
          parts.function.metricInvocations(),
          parts.function.metricErrors(),
          parts.function.metricThrottles(),
          emitted('Deferred'),
          emitted('Duplicate'),
        ),
      ],
    ],
  });
}
