import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { METRICS_NAMESPACE } from '../functions/clone-voice/metrics.ts';

/** The parts of a pipeline with metrics. */
export interface MonitoredParts {
  readonly function: IFunction;
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
}

/** The period of metrics, and over which alarms evaluate them. */
export const PERIOD = Duration.minutes(5);

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
