import { ApplicationLogLevel } from 'aws-cdk-lib/aws-lambda';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Bench, startBench } from '../support/bench.ts';
import { logsOfThisTest } from '../support/captured-logs.ts';
import { metricName, metricsIn } from '../support/metrics.ts';
import { functionOf, templateOfPipeline } from './synthesis.ts';

const FUNCTION = 'voices-function';
const variables = ['AWS_LAMBDA_LOG_LEVEL', 'POWERTOOLS_LOG_LEVEL'] as const;

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(async () => {
  for (const variable of variables) delete process.env[variable];
  await bench.close();
});

/** What Lambda's filter lets through: a line without level or timestamp counts as INFO. */
function filtered(lines: readonly string[], level: string): string[] {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  return lines.filter((line) => {
    const { level: given = 'INFO', timestamp } = JSON.parse(line) as { level?: string; timestamp?: string };
    const isValid = timestamp !== undefined && !Number.isNaN(Date.parse(timestamp));
    return levels.indexOf(isValid ? given : 'INFO') >= levels.indexOf(level);
  });
}

it.each([
  [ApplicationLogLevel.DEBUG, ['INFO', 'WARN']],
  [ApplicationLogLevel.INFO, ['INFO', 'WARN']],
  [ApplicationLogLevel.WARN, ['WARN']],
  [ApplicationLogLevel.FATAL, []],
])('logLevel %s holds for logger and filter alike, and metrics pass', async (logLevel, levels) => {
  const { LoggingConfig, Environment } = functionOf(templateOfPipeline({ logLevel })).Properties;
  // As Lambda does for a function with that filter.
  process.env['AWS_LAMBDA_LOG_LEVEL'] = LoggingConfig.ApplicationLogLevel as string;
  process.env['POWERTOOLS_LOG_LEVEL'] = Environment.Variables.POWERTOOLS_LOG_LEVEL as string;
  const handler = bench.handler({
    AWS_LAMBDA_FUNCTION_NAME: FUNCTION,
    AWS_LAMBDA_LOG_LEVEL: LoggingConfig.ApplicationLogLevel as string,
  });
  expect(await bench.deliver(await bench.drop('good/'), handler)).toEqual([]);
  expect(await bench.deliver(await bench.drop('bad/', { nam: 'Amelia' }), handler)).toEqual([]);

  const lines = logsOfThisTest().filter((line) => line.startsWith('{'));
  const logged = lines.filter((line) => !line.startsWith('{"_aws"'));
  const kept = filtered(lines, logLevel);
  expect(kept).toEqual(lines);
  const seen = new Set(logged.map((line) => (JSON.parse(line) as { level: string }).level));
  expect([...seen].toSorted()).toEqual(levels);
  expect(logged.filter((line) => line.includes('log level'))).toEqual([]);
  expect(metricsIn(kept)).toMatchObject({
    [metricName('CallersVoiceClone', 'Cloned', FUNCTION)]: [1],
    [metricName('CallersVoiceClone', 'INVALID_MANIFEST', FUNCTION)]: [1],
  });
});
