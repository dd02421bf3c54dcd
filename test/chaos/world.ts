import { cpSync, createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { startEventSourceMapping } from '../../emulators/event-source-mapping.ts';
import { bundleLambda, lambdaBundleFolder } from '../../functions/bundle.ts';
import { maxReceiveCount } from '../../functions/clone-voice/redelivery.ts';
import { API_KEY } from '../support/api-key.ts';
import { subscribe } from '../support/result-topic.ts';
import { installRuntimeInterfaceClient } from '../support/runtime-interface-client.ts';
import { behaviorOf, CLONE_MILLISECONDS } from './api-behaviors.ts';
import { createDeliveries } from './deliveries.ts';
import type { Dice } from './dice.ts';
import { type Folder, note } from './folders.ts';
import { startLambdaPool } from './lambda-pool.ts';
import { createPeople } from './people.ts';
import { createS3Faults } from './s3-faults.ts';

// Short, so that a drop whose function was killed ends within a minute.
const CLONE_TIMEOUT_SECONDS = 2;
const SETTLE_SECONDS = 1;
const COMPLETE_WITHIN_SECONDS = 30;
/** The time limit of the call plus `SECONDS_TO_CONCLUDE`, and some slack for a busy machine. */
const FUNCTION_TIMEOUT_SECONDS = 26;
/** By then, the lease of a killed function is over. */
const VISIBILITY_TIMEOUT_SECONDS = 37;
/** How long a dead owner’s claim holds. */
export const MILLISECONDS_OF_A_LEASE = 36_000;

/** More than there are CPUs, because many only wait: for S3, the API or their end. */
const LAMBDAS = 16;

/** All that a run starts: AWS, the API, the function, and the people. */
export type World = Awaited<ReturnType<typeof startWorld>>;

/** Starts S3, SQS, the API and Lambda on this machine, with everything that goes wrong with them. */
export async function startWorld(folders: readonly Folder[], dice: Dice) {
  const assembly = await mkdtemp(join(tmpdir(), 'chaos-'));
  const assetFolder = join(assembly, 'bundle');
  await bundleLambda();
  // Somebody may build again while this runs.
  cpSync(lambdaBundleFolder, assetFolder, { recursive: true });
  const logFile = join(assembly, 'function.log');
  const log = createWriteStream(logFile);
  /** Problems that belong to no single folder. */
  const problems = new Set<string>();

  const runtimeInterfaceClient = await installRuntimeInterfaceClient();
  const aws = await startLocalAws({
    visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
    maxReceiveCount: maxReceiveCount(COMPLETE_WITHIN_SECONDS, FUNCTION_TIMEOUT_SECONDS),
  });
  const { bucket, queueUrl, queueArn } = aws;
  const api = await startCallersApiSimulator({ apiKey: API_KEY, cloneMilliseconds: CLONE_MILLISECONDS });
  const client = { endpoint: aws.endpoint, region: aws.region, credentials: localCredentials };
  const s3 = new S3Client(client);
  const sqs = new SQSClient(client);
  const people = createPeople(s3, bucket, dice);
  const results = await subscribe({ aws, sqs });

  const byPrefix = new Map<string, Folder>();
  const byId = new Map<string, Folder>();
  const add = (folder: Folder) => {
    byPrefix.set(folder.prefix, folder);
    if (!folder.copyOf) byId.set(folder.id, folder);
  };
  folders.forEach(add);
  // Not anchored, because a ledger's key begins with the name of the bucket.
  const folderOf = (key: string) => byPrefix.get(/chaos\/\d+\//.exec(key)?.[0] ?? '');
  /** Folders whose `result.json` is being written, and since when. */
  const withNews = new Map<Folder, number>();

  const faults = createS3Faults({
    dice,
    folderOf,
    async onRequest(request, folder) {
      if (request === `PUT ${folder.prefix}result.json`) withNews.set(folder, Date.now());
      const lastSample = `GET ${folder.prefix}${folder.samples.at(-1)?.name}`;
      if (folder.story === 'replaced-while-read' && request === lastSample)
        await people.replaceSample(folder);
    },
  });
  const pool = await startLambdaPool({
    size: LAMBDAS,
    runtimeInterfaceClient,
    assetFolder,
    timeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
    s3Endpoint: aws.endpoint,
    environment: {
      AWS_REGION: aws.region,
      AWS_ENDPOINT_URL_SQS: aws.endpoint,
      AWS_ENDPOINT_URL_SNS: aws.endpoint,
      CALLERS_API_URL: api.url,
      CALLERS_API_KEY: API_KEY,
      QUEUE_URL: queueUrl,
      STATE_BUCKET: aws.stateBucket,
      RESULT_TOPIC_ARN: aws.resultTopicArn,
      CLONE_TIMEOUT_SECONDS: String(CLONE_TIMEOUT_SECONDS),
      SETTLE_SECONDS: String(SETTLE_SECONDS),
      COMPLETE_WITHIN_SECONDS: String(COMPLETE_WITHIN_SECONDS),
    },
    intercept: faults.intercept,
    onLog(line) {
      log.write(`${line}\n`);
      if (line.includes(API_KEY)) problems.add('The function logged the API key');
    },
  });

  api.behaveAlways((request) => {
    const folder = byId.get(String(request.headers['x-sub-organization-id']));
    if (!folder) {
      problems.add('A call reached the API without the sub-organization of its folder');
      return { kind: 'normal' };
    }
    const number = folder.calls.length + 1;
    const { name, behavior, killsCaller } = behaviorOf(folder, number, dice);
    const call = { at: Date.now(), name, behavior: behavior(request), request };
    folder.calls.push(call);
    note(folder, `API call ${number}: ${name}`);
    if (folder.story === 'replaced-while-cloned') void people.replaceSample(folder);
    if (killsCaller) {
      const killCallers = () => {
        for (const { event, kill } of pool.busy()) if (JSON.stringify(event).includes(folder.prefix)) kill();
      };
      setTimeout(killCallers, dice('kill caller', folder.id, number) * CLONE_MILLISECONDS);
    }
    return call.behavior;
  });

  const deliveries = createDeliveries({ sqs, queueUrl, dice, folderOf, invoke: pool.invoke });
  const mapping = startEventSourceMapping({
    sqs,
    queueUrl,
    queueArn,
    concurrency: LAMBDAS,
    functionTimeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
    handler: deliveries.handler,
    onError(error) {
      // Only timeouts and kills are intended.
      if (!/Task timed out|Runtime exited: SIGKILL/.test(String(error)))
        problems.add(`An invocation failed: ${String(error)}`);
    },
  });

  return {
    aws,
    s3,
    sqs,
    people,
    results,
    pool,
    deliveries,
    faults,
    folderOf,
    /** All folders, copies too. */
    folders: () => [...byPrefix.values()],
    /** Makes a copy known before it appears. */
    add,
    withNews,
    problems,
    logFile,
    async close(): Promise<void> {
      await mapping.stop();
      await pool.close();
      s3.destroy();
      sqs.destroy();
      await Promise.all([api.close(), aws.close()]);
      log.end();
    },
  };
}
