import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { InvocationMessage, InvocationReply } from './lambda.ts';

type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | void>;

const { handler } = createRequire(import.meta.url)(`${workerData}/index.js`) as { handler: Handler };

parentPort?.on('message', (message: InvocationMessage) => {
  void run(message).then((reply) => parentPort?.postMessage(reply));
});

async function run({ event, context, remainingMilliseconds }: InvocationMessage): Promise<InvocationReply> {
  const end = performance.now() + remainingMilliseconds;
  const getRemainingTimeInMillis = () => Math.max(0, Math.round(end - performance.now()));
  try {
    return { response: await handler(event, { ...context, getRemainingTimeInMillis } as Context) };
  } catch (error) {
    return { error };
  }
}
