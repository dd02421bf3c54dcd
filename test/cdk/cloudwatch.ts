import { runInNewContext } from 'node:vm';
import type { Template } from 'aws-cdk-lib/assertions';
import { metricName, type Period, statisticOf } from '../support/metrics.ts';
import { allOf, readable } from './synthesis.ts';

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
  const alarms = allOf(template, 'AWS::CloudWatch::Alarm');
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

/** The values that an alarm evaluates, one per period; undefined where data is missing. */
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
    return periods.map((period) => period[name] && statisticOf(MetricStat.Stat, period[name]));
  };

  /** "Using math expressions with CloudWatch metrics": missing data makes the whole expression missing. */
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
