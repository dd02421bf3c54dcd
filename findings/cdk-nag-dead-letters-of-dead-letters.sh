#!/usr/bin/env bash
# cdk-nag's Serverless rules want a dead-letter queue of the dead-letter queue itself, and a failure destination of a function that reads a queue, which
# Lambda has for streams and Kafka only: nothing but an acknowledgement ends these. AwsSolutions-SQS3 of the same package knows what a dead-letter queue is.
# version: cdk-nag 3.0.2, aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/acknowledgements.ts answers the AwsSolutions rules only
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1 cdk-nag@3.0.2

cat > app.cjs <<'END_OF_APP'
const { readFileSync } = require('node:fs');
const { App, Stack, Validations } = require('aws-cdk-lib');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { SqsEventSource } = require('aws-cdk-lib/aws-lambda-event-sources');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const nag = require('cdk-nag');
for (const Checks of [nag.ServerlessChecks, nag.AwsSolutionsChecks]) {
  const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
  Validations.of(app).addPlugins(new Checks(app));
  const stack = new Stack(app, 'Test');
  const letters = new Queue(stack, 'Letters', { enforceSSL: true });
  const queue = new Queue(stack, 'Queue', { enforceSSL: true, deadLetterQueue: { queue: letters, maxReceiveCount: 5 } });
  const reader = new Function(stack, 'Reader', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('//') });
  reader.addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true }));
  try { app.synth(); } catch ({ name }) { if (name !== 'ValidationFailed') throw new Error(name); }
  const { pluginReports } = JSON.parse(readFileSync(`${app.outdir}/validation-report.json`, 'utf8'));
  for (const { ruleName, violatingConstructs } of pluginReports.flatMap(({ violations }) => violations)) {
    if (!/SQS|Destination/.test(ruleName)) continue;
    for (const { constructPath } of violatingConstructs) console.log(Checks.name, ruleName, constructPath.replace(/:.*|[0-9A-F]{8}$/, ''));
  }
}
END_OF_APP
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END_OF_SEEN'
ServerlessChecks Serverless-SQSRedrivePolicy Test/Letters/Resource
ServerlessChecks Serverless-LambdaEventSourceMappingDestination Test/Reader/SqsEventSource
END_OF_SEEN
