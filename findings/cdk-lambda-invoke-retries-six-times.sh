#!/usr/bin/env bash
# CDK's LambdaInvoke lets a state machine invoke the function up to six times more by default if Lambda fails or the answer does not arrive (`Lambda.SdkClientException`): a function that clones
# may have done so. HttpInvoke, CallAwsService and SqsSendMessage repeat nothing. The function's `retryAttempts: 0` changes nothing here; `retryOnServiceExceptions: false` does.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: voice-folder/ledger.ts lets one invocation at a time clone a folder, and no other after its request was sent
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, SecretValue, Stack } = require('aws-cdk-lib');
const { Authorization, Connection } = require('aws-cdk-lib/aws-events');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const { Chain, DefinitionBody, StateMachine, TaskInput } = require('aws-cdk-lib/aws-stepfunctions');
const tasks = require('aws-cdk-lib/aws-stepfunctions-tasks');

const app = new App({ context: require('./node_modules/aws-cdk-lib/recommended-feature-flags.json') });
const stack = new Stack(app, 'Test');
const lambdaFunction = new Function(stack, 'Function', { runtime: Runtime.NODEJS_LATEST, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {};'), retryAttempts: 0 });
const connection = new Connection(stack, 'Connection', { authorization: Authorization.apiKey('Authorization', SecretValue.secretsManager('key')) });
const steps = [
  new tasks.LambdaInvoke(stack, 'LambdaInvoke', { lambdaFunction }),
  new tasks.LambdaInvoke(stack, 'LambdaInvoke, retryOnServiceExceptions false', { lambdaFunction, retryOnServiceExceptions: false }),
  new tasks.HttpInvoke(stack, 'HttpInvoke', { connection, apiRoot: 'https://api.test', apiEndpoint: TaskInput.fromText('voices'), method: TaskInput.fromText('POST') }),
  new tasks.CallAwsService(stack, 'CallAwsService', { service: 'lambda', action: 'invoke', iamResources: [lambdaFunction.functionArn] }),
  new tasks.SqsSendMessage(stack, 'SqsSendMessage', { queue: new Queue(stack, 'Queue'), messageBody: TaskInput.fromText('clone') }),
];
new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(steps.reduce((chain, step) => chain.next(step), Chain.start(steps.shift()))) });
const { template } = app.synth().getStackByName('Test');
const { DefinitionString } = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::StepFunctions::StateMachine').Properties;
const { States } = JSON.parse(DefinitionString['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x')).join(''));
for (const [name, { Retry = [] }] of Object.entries(States)) {
  console.log(`${name}: ${Retry.map(({ ErrorEquals, MaxAttempts }) => `${MaxAttempts} times after ${ErrorEquals.join(', ')}`).join('; ') || 'no retry'}`);
}
END
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
LambdaInvoke: 6 times after Lambda.ClientExecutionTimeoutException, Lambda.ServiceException, Lambda.AWSLambdaException, Lambda.SdkClientException
LambdaInvoke, retryOnServiceExceptions false: no retry
HttpInvoke: no retry
CallAwsService: no retry
SqsSendMessage: no retry
END
echo 'only LambdaInvoke repeats by default'
