#!/usr/bin/env bash
# `enforceSSL` on a topic that alarms notify shuts the alarms out: the policy that CDK writes has a Deny and no Allow, and replaces SNS's default
# policy, which lets CloudWatch publish. `SnsAction` adds nothing, and a topic's `masterKey` does not let CloudWatch encrypt either.
# version: aws-cdk-lib 2.276.0
# our code: cdk/topics.ts adds a statement for cloudwatch.amazonaws.com, and cdk/keys.ts one to the key
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Metric } = require('aws-cdk-lib/aws-cloudwatch');
const { SnsAction } = require('aws-cdk-lib/aws-cloudwatch-actions');
const { Key } = require('aws-cdk-lib/aws-kms');
const { Topic } = require('aws-cdk-lib/aws-sns');
const app = new App();
const stack = new Stack(app, 'Test');
const topic = new Topic(stack, 'Ops', { enforceSSL: true, masterKey: new Key(stack, 'Key') });
const metric = new Metric({ namespace: 'App', metricName: 'Failed' });
metric.createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 }).addAlarmAction(new SnsAction(topic));
const resources = Object.values(app.synth().getStackByName('Test').template.Resources);
const find = (type) => resources.find(({ Type }) => Type === type).Properties;
const effects = find('AWS::SNS::TopicPolicy').PolicyDocument.Statement.map(({ Effect }) => Effect);
const services = find('AWS::KMS::Key').KeyPolicy.Statement.flatMap(({ Principal }) => Principal.Service ?? []);
console.log(`topic policy: ${effects.join(', ')}; services that may use the key: ${services.length}`);
END
seen=$(node app.cjs 2>/dev/null)
echo "aws-cdk-lib 2.276.0: $seen"
[ "$seen" = 'topic policy: Deny; services that may use the key: 0' ]
