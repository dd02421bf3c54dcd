#!/usr/bin/env bash
# cdk-monitoring-constructs' alarms sound only if each of three periods of five minutes in a row exceeds the limit: `maxErrorCount: 0` of a function and `maxIncomingMessagesCount: 0` of a
# dead-letter queue, which read like "tell me of every one", stay silent for one failed clone. `evaluationPeriods: 1` with `datapointsToAlarm: 1` tells of every one.
# version: cdk-monitoring-constructs 10.2.0, aws-cdk-lib 2.276.0
# our code: cdk/alarms.ts makes its own alarms, whose periods cdk/alarm-thresholds.ts states
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts cdk-monitoring-constructs@10.2.0 aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const { MonitoringFacade } = require('cdk-monitoring-constructs');

const app = new App();
const stack = new Stack(app, 'Test');
const lambdaFunction = new Function(stack, 'Function', { runtime: Runtime.NODEJS_LATEST, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {};') });
const deadLetterQueue = new Queue(stack, 'DeadLetters');
const queue = new Queue(stack, 'Queue', { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 3 } });
const monitoring = new MonitoringFacade(stack, 'monitored');
const once = { datapointsToAlarm: 1, evaluationPeriods: 1 };
monitoring.monitorLambdaFunction({ lambdaFunction, addFaultCountAlarm: { Default: { maxErrorCount: 0 }, Once: { maxErrorCount: 0, ...once } } });
monitoring.monitorSqsQueueWithDlq({ queue, deadLetterQueue, addDeadLetterQueueMaxIncomingMessagesAlarm: { Default: { maxIncomingMessagesCount: 0 } } });
const { template } = app.synth().getStackByName('Test');
for (const { Type, Properties } of Object.values(template.Resources)) {
  if (Type !== 'AWS::CloudWatch::Alarm') continue;
  const { AlarmName, DatapointsToAlarm, EvaluationPeriods, Metrics } = Properties;
  console.log(`${AlarmName}: ${DatapointsToAlarm} of ${EvaluationPeriods} periods of ${Metrics[0].MetricStat.Period} seconds`);
}
END
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
monitored-Function-Fault-Count-Default: 3 of 3 periods of 300 seconds
monitored-Function-Fault-Count-Once: 1 of 1 periods of 300 seconds
monitored-DeadLetters-DLQ-Queue-Incoming-Messages-Count-Max-Default: 3 of 3 periods of 300 seconds
END
echo 'one failure is no alarm'
