import { runInNewContext } from 'node:vm';
import type { Template } from 'aws-cdk-lib/assertions';
import { readable, type Resource } from './synthesis.ts';

/** What was published in one period: values by what `metricName` gives. */
export type Period = Record<string, number[]>;

/** A metric by its namespace, its name and what its only dimension is called. */
export function metricName(namespace: string, name: string, of: string): string {
  return `${namespace} ${name} of ${of}`;
}

/** The metrics in lines of a log: "Embedded metric format", Amazon CloudWatch User Guide. */
export function metricsIn(lines: readonly string[]): Period {
  const period: Period = {};
  for (const line of lines) {
    if (!line.startsWith('{"_aws"')) continue;
    const { _aws: envelope, ...values } = JSON.parse(line) as {
      _aws: {
        CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
      };
    } & Record<string, number | number[] | string>;
    for (const { Namespace, Dimensions, Metrics } of envelope.CloudWatchMetrics) {
      for (const [dimension = ''] of Dimensions) {
        for (const { Name } of Metrics) {
          const name = metricName(Namespace, Name, String(values[dimension]));
          (period[name] ??= []).push(...([values[Name]].flat() as number[]));
        }
      }
    }
  }
  return period;
}

/**
 * Which alarms of a template go off in the last of these periods, by the identifiers of their constructs: evaluated as
 * CloudWatch does, as far as these alarms need it.
 *
 * @param names what the resources of the template are called
 */
export function alarmsThatGoOff(
  template: Template,
  names: Record<string, string>,
  periods: readonly Period[],
): string[] {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm') as Record<string, Resource>);
  return alarms.flatMap(({ Properties, Metadata }) => {
    const { MetricName, Metrics, Threshold, ComparisonOperator, TreatMissingData, EvaluationPeriods } =
      Properties;
    if (ComparisonOperator !== 'GreaterThanOrEqualToThreshold' || TreatMissingData !== 'notBreaching') {
      throw new Error('Such an alarm is not known here');
    }
    if (EvaluationPeriods !== 1) throw new Error('Such an alarm is not known here');
    const queries: Query[] =
      MetricName === undefined
        ? Metrics
        : [{ Id: 'm', MetricStat: { Metric: Properties, Stat: Properties.Statistic } }];
    const value = seriesOf(template, names, queries, periods).at(-1);
    const path = Metadata?.['aws:cdk:path'] ?? '';
    return value !== undefined && value >= Threshold ? [path.split('/').at(-2) ?? ''] : [];
  });
}

interface Query {
  Id: string;
  Expression?: string;
  MetricStat?: {
    Metric: { Namespace: string; MetricName: string; Dimensions: { Value: unknown }[] };
    Stat: string;
  };
  ReturnData?: boolean;
}

const statistics: Record<string, (values: readonly number[]) => number> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Maximum: (values) => Math.max(...values),
};

/** The values of what an alarm looks at, one for each period; undefined where there is none. */
function seriesOf(
  template: Template,
  names: Record<string, string>,
  queries: readonly Query[],
  periods: readonly Period[],
): (number | undefined)[] {
  const result = queries.find(({ ReturnData = true }) => ReturnData);
  if (!result) throw new Error('No metric is looked at');
  const series = ({ Expression, MetricStat }: Query): (number | undefined)[] => {
    if (Expression !== undefined) return evaluate(Expression);
    if (!MetricStat) throw new Error('Neither a metric nor an expression');
    const { Namespace, MetricName, Dimensions } = MetricStat.Metric;
    const resource = readable(template, Dimensions[0]?.Value);
    const name = metricName(Namespace, MetricName, names[resource] ?? resource);
    const statistic = statistics[MetricStat.Stat];
    if (!statistic) throw new Error(`The statistic ${MetricStat.Stat} is not known here`);
    return periods.map((period) => period[name] && statistic(period[name]));
  };

  /** "Using math expressions with CloudWatch metrics": what is missing makes everything that needs it missing. */
  function evaluate(expression: string): (number | undefined)[] {
    const used = queries.filter(({ Id }) => new RegExp(`\\b${Id}\\b`).test(expression));
    const values = used.map((query) => series(query));
    const code = expression
      .replaceAll(/\bAND\b/g, '&&')
      .replaceAll(/\bDIFF\((\w+)\)/g, '($1 - previous.$1)')
      .replaceAll(/\bIF\(/g, 'choose(');
    return periods.map((_, at) => {
      const scopeAt = (index: number) =>
        Object.fromEntries(used.map(({ Id }, each) => [Id, values[each]?.[index] ?? NaN]));
      const choose = (condition: boolean, one: number, other: number) => (condition ? one : other);
      const value = runInNewContext(code, { ...scopeAt(at), previous: scopeAt(at - 1), choose }) as number;
      return Number.isNaN(value) ? undefined : value;
    });
  }

  return series(result);
}
