import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SQSRecord } from 'aws-lambda';
import { functionVariables } from '../../emulators/aws.ts';
import { bundleLambda, lambdaBundleFolder } from '../../functions/bundle.ts';
import { API_KEY } from '../support/api-key.ts';
import { type Bench, startBench } from '../support/bench.ts';
import { startS3Proxy } from '../support/s3-proxy.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { wav } from '../support/wav.ts';
import { peakMemory } from './peak-memory.ts';

/** All services that the function uses, on this machine, with request counters. */
export interface Counted {
  bench: Bench;
  /**
   * Starts an execution environment of the bundled function, with its API key in Secrets Manager.
   *
   * @param folder of another bundle
   */
  newFunction(own?: Record<string, string>, folder?: string): RunningFunction;
  /** Requests so far. */
  counts(): { s3: number; sqs: number; sns: number; secrets: number };
  close(): Promise<void>;
}

/** @param store @default - S3 without a key of its own */
export async function startCounted(store?: 'kms'): Promise<Counted> {
  await bundleLambda();
  const bench = await startBench(store);
  const secrets = await startSecretsManager(API_KEY);
  const sqs = await startS3Proxy(bench.aws.endpoint);
  const sns = await startS3Proxy(bench.aws.endpoint);
  const environment = {
    ...functionVariables(bench.aws),
    AWS_ENDPOINT_URL_S3: bench.proxy.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_ENDPOINT_URL_SNS: sns.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    CALLERS_API_URL: bench.api.url,
    CALLERS_API_KEY_SECRET_ID: 'callers',
  };
  return {
    bench,
    newFunction: (own, folder) => startFunction({ ...environment, ...own }, folder),
    counts: () => ({
      s3: bench.proxy.requests.length,
      sqs: sqs.requests.length,
      sns: sns.requests.length,
      secrets: secrets.reads.length,
    }),
    async close() {
      secrets.close();
      await Promise.all([sqs.close(), sns.close()]);
      await bench.close();
    },
  };
}

/** The duration of an invocation, and the CPU time of its thread, in milliseconds. */
export interface Run {
  wall: number;
  cpu: number;
  /** The highest RSS of its process so far. */
  megabytes: number;
}

/** An execution environment in its own process. */
export interface RunningFunction {
  clone(message: SQSRecord): Promise<Run>;
  close(): void;
}

const PROGRAM = `
  const { handler } = require(process.argv[1]);
  ${peakMemory.toString()}
  process.on('message', async (event) => {
    const [start, cpu] = [performance.now(), process.threadCpuUsage()];
    const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 900_000 };
    const { batchItemFailures } = await handler(event, context);
    const wall = performance.now() - start;
    const { user, system } = process.threadCpuUsage(cpu);
    const failed = batchItemFailures.length > 0;
    process.send({ wall, cpu: (user + system) / 1000, megabytes: peakMemory() / 1e6, failed });
  });
`;

function startFunction(
  environment: Record<string, string>,
  folder: string = lambdaBundleFolder,
): RunningFunction {
  const child = spawn(process.execPath, ['-e', PROGRAM, join(folder, 'index.js')], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: environment,
  });
  return {
    async clone(message) {
      child.send({ Records: [message] });
      const [answer] = (await once(child, 'message')) as [Run & { failed: boolean }];
      if (answer.failed) throw new Error('The folder was not cloned');
      return answer;
    },
    close: () => void child.kill(),
  };
}

/**
 * The peak RSS in MB of clones of a thousand samples, by bundle and round, each in a fresh process. A bucket that encrypts with
 * KMS has ETags that tell no recordings apart, so each takes one more request.
 */
export async function encryptedMegabytes(folders: readonly string[], rounds: number): Promise<number[][]> {
  const aws = await startCounted('kms');
  const megabytes = folders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, folder] of folders.entries()) {
      const fresh = aws.newFunction({}, folder);
      const message = await dropSamples(1000, aws.bench, { areSameSize: true });
      megabytes[index]?.push((await fresh.clone(message)).megabytes);
      fresh.close();
    }
  }
  await aws.close();
  return megabytes;
}

const SAMPLE_BYTES = 40_000;

let drops = 0;

/**
 * Uploads a folder with this many samples and returns the resulting message.
 *
 * @param areSameSize then the function has to ask S3 for the checksum of each
 */
export function dropSamples(
  samples: number,
  bench: Bench,
  { folder, areSameSize = false }: { folder?: string; areSameSize?: boolean } = {},
): Promise<SQSRecord> {
  drops += 1;
  // All samples differ, because duplicates are sent only once, and each differs from its namesake in the last drop.
  const numbers = Array.from({ length: samples }, (_, index) => 2 * (index + drops));
  const files = Object.fromEntries(
    numbers.map((number, index) => {
      const file = wav(SAMPLE_BYTES + (areSameSize ? 0 : number));
      if (areSameSize) file.writeUInt16LE(number, SAMPLE_BYTES / 2);
      return [`${index}.wav`, file];
    }),
  );
  return bench.drop(folder ?? `drop-${drops}/`, { name: 'Amelia', files: Object.keys(files) }, files);
}
