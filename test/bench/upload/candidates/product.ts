import { createRequire } from 'node:module';
import { buildCloneRequest } from '../../../../shared/clone-request.ts';
import { sendCloneRequest } from '../../../../functions/clone-voice/send/send-clone-request.ts';
import { tuneV8 } from '../../../../functions/clone-voice/v8-settings.ts';
import type { CloneVoiceHandler } from '../../../../functions/clone-voice/handler.ts';
import type { Context, SQSRecord } from 'aws-lambda';
import { API_KEY } from '../../../support/api-key.ts';
import { BUCKET, type Candidate, prefixOf, sampleNames, sampleUrl } from '../job.ts';
import { open } from './raw-pipe.ts';

/** The product's sender with its V8 settings, and the cheapest possible source. */
export const plainSource: Candidate = (job) => async () => {
  tuneV8();
  const samples = sampleNames(job).map((name) => ({
    name,
    type: 'audio/wav',
    size: job.bytes,
    open: (signal: AbortSignal) => open(sampleUrl(job, name), signal),
  }));
  const settings = { name: 'Amelia' };
  const outcome = await sendCloneRequest(
    buildCloneRequest({ apiUrl: job.sink, apiKey: API_KEY, settings, samples }),
    { timeoutSeconds: 600 },
  );
  if (outcome.kind !== 'cloned') throw new Error(`The outcome is ${JSON.stringify(outcome)}`);
};

/** The function as deployed: from the S3 event to the result, including its claim. */
export const lambda: Candidate = (job) => {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_S3: job.source,
    CALLERS_API_URL: job.sink,
    CALLERS_API_KEY: API_KEY,
    STATE_BUCKET: 'state',
    SETTLE_SECONDS: '0',
  });
  const { handler } = createRequire(`${job.lambda}/`)('./index.js') as { handler: CloneVoiceHandler };
  const upload = {
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    eventTime: new Date().toISOString(),
    s3: {
      bucket: { name: BUCKET },
      object: { key: `${prefixOf(job)}manifest.json`, sequencer: '0065AED6DCD90281E5' },
    },
  };
  const message = {
    messageId: 'bench',
    eventSource: 'aws:sqs',
    attributes: { ApproximateReceiveCount: '1' },
    body: JSON.stringify({ Records: [upload] }),
  } as SQSRecord;
  const event = { Records: [message] };
  const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 900_000 };
  return async () => {
    const { batchItemFailures } = await handler(event, context as Context);
    if (batchItemFailures.length > 0) throw new Error('The function has not cloned the voice');
  };
};
