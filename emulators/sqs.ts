import type { FastifyInstance } from 'fastify';

/** Sends an SQS request to the server in-process. */
export async function callSqs(
  app: FastifyInstance,
  action: string,
  input: { QueueUrl: string; [parameter: string]: unknown },
): Promise<void> {
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
    payload: JSON.stringify(input),
  });
  if (statusCode !== 200) throw new Error(`${action} failed on ${input.QueueUrl}: ${body}`);
}

/** Sends a message to a queue of the server. */
export async function sendMessage(app: FastifyInstance, queueUrl: string, message: object): Promise<void> {
  await callSqs(app, 'SendMessage', { QueueUrl: queueUrl, MessageBody: JSON.stringify(message) });
}
