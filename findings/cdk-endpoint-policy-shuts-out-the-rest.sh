#!/usr/bin/env bash
# `addToPolicy` of a VPC endpoint, to allow one more bucket, takes away all others: until then the endpoint has no policy, which means AWS's default, that
# allows everything, and from then on only what was added. CDK's type calls it "adds a statement"; synthesis with its validation does not warn.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: none: in a VPC without NAT, the function needs both buckets, and its queue, topic and secret, through such endpoints
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Annotations, Match } = require('aws-cdk-lib/assertions');
const { GatewayVpcEndpointAwsService, InterfaceVpcEndpointAwsService, SubnetType, Vpc } = require('aws-cdk-lib/aws-ec2');
const { AnyPrincipal, PolicyStatement } = require('aws-cdk-lib/aws-iam');
const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
const stack = new Stack(app, 'Test');
const vpc = new Vpc(stack, 'Vpc', { subnetConfiguration: [{ name: 'Inner', subnetType: SubnetType.PRIVATE_ISOLATED }] });
const endpoint = vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
const queues = vpc.addInterfaceEndpoint('Queues', { service: InterfaceVpcEndpointAwsService.SQS });
const principals = [new AnyPrincipal()];
if (process.argv[2] === 'added') {
  endpoint.addToPolicy(new PolicyStatement({ principals, actions: ['s3:*'], resources: ['arn:aws:s3:::recordings/*'] }));
  queues.addToPolicy(new PolicyStatement({ principals, actions: ['sqs:SendMessage'], resources: ['*'] }));
}
const { Resources } = app.synth().getStackByName('Test').template;
for (const { Type, Properties } of Object.values(Resources)) {
  if (Type !== 'AWS::EC2::VPCEndpoint') continue;
  const { Statement } = Properties.PolicyDocument ?? {};
  console.log(`${Properties.VpcEndpointType}:`, Statement ? Statement.map(({ Effect, Action, Resource }) => `${Effect} ${Action} on ${Resource}`).join() : 'no policy');
}
const told = ['findWarning', 'findError'].flatMap((find) => Annotations.fromStack(stack)[find]('*', Match.anyValue()));
console.log(`${told.length} warnings`);
END
echo 'aws-cdk-lib 2.276.0, before and after:'
{ node app.cjs; node app.cjs added; } 2>/dev/null | tee seen
diff seen - <<'END'
Gateway: no policy
Interface: no policy
0 warnings
Gateway: Allow s3:* on arn:aws:s3:::recordings/*
Interface: Allow sqs:SendMessage on *
0 warnings
END
