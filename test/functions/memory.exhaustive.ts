import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleLambda, lambdaBundleFolder } from '../../functions/bundle.ts';
import { API_KEY } from '../support/api-key.ts';
import { type Bench, startBench } from '../support/bench.ts';
import { wav } from '../support/wav.ts';

let bench: Bench;
beforeAll(async () => {
  await bundleLambda();
  bench = await startBench();
});
afterAll(() => bench.close());

const MEGABYTE = 1_000_000;

/**
 * Runs the bundle in a process of its own, and reports the most memory that it was seen to hold. The system's own
 * maximum will not do: on Linux it begins with what the parent process held.
 */
const program = `
  let peak = 0;
  setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 10).unref();
  const { handler } = require(process.argv[1] + '/index.js');
  const event = JSON.parse(process.env.EVENT);
  const context = { awsRequestId: 'memory', getRemainingTimeInMillis: () => 900_000 };
  handler(event, context).then((response) => {
    process.stderr.write(JSON.stringify({ response, peak }));
  });
`;

async function deliverInProcess(event: object): Promise<{ response: unknown; peak: number }> {
  const child = spawn(process.execPath, ['-e', program, lambdaBundleFolder], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_S3: bench.aws.endpoint,
      EVENT: JSON.stringify(event),
      CALLERS_API_URL: bench.api.url,
      CALLERS_API_KEY: API_KEY,
      QUEUE_URL: bench.aws.queueUrl,
      STATE_BUCKET: bench.aws.stateBucket,
      SETTLE_SECONDS: '0',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let report = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (report += text));
  await once(child, 'close');
  return JSON.parse(report) as { response: unknown; peak: number };
}

it('the function streams a sample of 150 MB without holding it in memory', async () => {
  const sample = wav(150 * MEGABYTE);
  const params = { Bucket: bench.aws.bucket, Key: 'huge/huge.wav', Body: sample };
  await new Upload({ client: bench.s3, params, partSize: 10 * 1024 * 1024 }).done();
  const record = await bench.drop('huge/', { name: 'Amelia', files: ['huge.wav'] }, {});

  const { response, peak } = await deliverInProcess({ Records: [record] });
  expect(response).toEqual({ batchItemFailures: [] });
  expect(await bench.result('huge/')).toMatchObject({
    status: 'succeeded',
    samples: [{ size: 150 * MEGABYTE }],
  });
  expect(bench.api.requests.at(-1)?.files[0]?.size).toBe(150 * MEGABYTE);
  expect(peak).toBeLessThan(130 * MEGABYTE);
}, 120_000);
