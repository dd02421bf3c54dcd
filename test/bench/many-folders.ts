import { EventEmitter, once } from 'node:events';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import type { Result, SuccessfulResult } from '../../voice-folder/result.ts';
import { wav } from '../support/wav.ts';
import { SAMPLES, type Usage } from './cost.ts';
import { type ServedRequest, watchServedRequests } from './served-requests.ts';

/** How many folders are dropped, and into what. */
export interface ManyFoldersOptions {
  folders: number;
  concurrency: number;
  /** How long the simulated API takes per voice. */
  cloneMilliseconds: number;
  /** Whether the manifests list the samples in `files`. */
  withList: boolean;
}

/** How long folders waited, and what they cost. */
export interface ManyFolders {
  seconds: number;
  /** Per folder, in milliseconds: from the upload of its manifest to that of its result. */
  waits: number[];
  /** Per folder, in milliseconds: from the function's first request for it to the answer to its last one. */
  invocations: number[];
  /** For each second, in milliseconds: the age of the oldest manifest without a result. */
  oldestAges: number[];
  /** Average of one clone. */
  usage: Usage;
  /** Messages that the function sent to SQS, per clone. */
  functionSends: number;
}

/** S3 sends a test event when a bucket's notifications are configured. */
const TEST_EVENTS = 1;

/**
 * Drops many folders at once into the local pipeline and counts its requests to S3, SQS and the API. The execution
 * environments are warm. All samples are uploaded first; the time starts with the first manifest.
 *
 * @throws {Error} if a folder has no voice, or was cloned twice.
 */
export async function cloneManyFolders(options: ManyFoldersOptions): Promise<ManyFolders> {
  const { folders, concurrency, cloneMilliseconds, withList } = options;
  let logBytes = 0;
  const pipeline = await startLocalPipeline({
    port: 0,
    environment: {},
    concurrency,
    cloneMilliseconds,
    // CloudWatch counts 26 bytes more per line: "PutLogEvents", Amazon CloudWatch Logs API Reference.
    onLog: (line) => (logBytes += Buffer.byteLength(line) + 26),
  });
  markRequests(pipeline);
  const log = requestLog(pipeline);
  const stopWatching = watchServedRequests((request) => log.add(request));
  try {
    await dropAll(pipeline, names('warm', concurrency), true);
    await log.whenDeleted(concurrency + TEST_EVENTS);
    log.reset();
    logBytes = 0;

    const dropped = names('voice', folders);
    await dropAll(pipeline, dropped, withList);
    await log.whenDeleted(folders);
    if (log.apiCalls.length !== folders || log.apiCalls.some(({ status }) => status !== 201)) {
      throw new Error(`The API was called ${log.apiCalls.length} times for ${folders} folders`);
    }

    const count = (what: string) => (log.counts.get(what) ?? 0) / folders;
    return {
      ...durations(dropped.map((folder) => log.timesOf(folder))),
      usage: { ...usageOf(count), logBytes: logBytes / folders },
      functionSends: count('SendMessage'),
    };
  } finally {
    stopWatching();
    await pipeline.close();
  }
}

/** Tells the requests of this client from the function's: the pipeline reads results with it, and this benchmark uploads with it. */
function markRequests({ s3 }: LocalPipeline): void {
  const { requestHandler } = s3.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, sending) => {
    request.headers['x-not-the-function'] = 'yes';
    return handle(request, sending);
  };
}

function durations(
  times: readonly FolderTimes[],
): Pick<ManyFolders, 'seconds' | 'waits' | 'invocations' | 'oldestAges'> {
  const first = Math.min(...times.map(({ uploaded }) => uploaded));
  const last = Math.max(...times.map(({ ended }) => ended));
  return {
    seconds: (last - first) / 1000,
    waits: times.map(({ uploaded, ended }) => ended - uploaded),
    invocations: times.map(({ began, ended }) => ended - began),
    oldestAges: eachSecond(first, last, (at) =>
      Math.max(0, ...times.map(({ uploaded, ended }) => (uploaded <= at && at < ended ? at - uploaded : 0))),
    ),
  };
}

/** @param count how many requests of a kind a clone makes */
function usageOf(count: (what: string) => number): Omit<Usage, 'logBytes'> {
  return {
    // Every invocation ends with one of these.
    invocations: count('DeleteMessage') + count('ChangeMessageVisibility'),
    s3Puts: count('PUT'),
    s3Lists: count('LIST'),
    s3Gets: count('GET'),
    sqsSends: 1,
    sqsReceives: count('ReceiveMessage'),
    sqsDeletes: count('DeleteMessage'),
    sqsVisibilityChanges: count('ChangeMessageVisibility'),
    snsPublishes: count('Publish'),
  };
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** Uploads all samples, then all manifests, and waits for the results. */
async function dropAll(pipeline: LocalPipeline, folders: string[], withList: boolean): Promise<void> {
  const samples = Array.from({ length: SAMPLES }, (_, index) => ({
    name: `${index}.wav`,
    bytes: wav(20_000 + index),
  }));
  const put = (Key: string, Body: string | Uint8Array) =>
    pipeline.s3.send(new PutObjectCommand({ Bucket: pipeline.bucket, Key, Body }));
  await forEach(folders, async (folder) => {
    for (const { name, bytes } of samples) await put(`${folder}/${name}`, bytes);
  });
  const results = collectResults(pipeline, folders);
  const files = withList ? { files: samples.map(({ name }) => name) } : {};
  await forEach(folders, async (folder) => {
    await put(`${folder}/manifest.json`, JSON.stringify({ name: folder, ...files }));
  });
  const ids = (await results).flatMap(({ voices }) => voices.map(({ id }) => id));
  if (new Set(ids).size !== folders.length)
    throw new Error(`${folders.length} folders have ${ids.length} voices`);
}

/** @throws {Error} if a folder did not succeed, or got the voice of another one. */
async function collectResults({ results }: LocalPipeline, folders: string[]): Promise<SuccessfulResult[]> {
  const { promise, resolve, reject } = Promise.withResolvers<SuccessfulResult[]>();
  const found = new Map<string, SuccessfulResult>();
  const onResult = (key: string, result: Result) => {
    if (result.status === 'waiting') return;
    const voice = result.status === 'succeeded' ? result.voices.map(({ name }) => name).join() : undefined;
    if (result.status !== 'succeeded' || `${voice}/result.json` !== key) {
      reject(new Error(`${key}: ${JSON.stringify(result)}`));
      return;
    }
    found.set(key, result);
    if (found.size === folders.length) resolve([...found.values()]);
  };
  results.on('result', onResult);
  return promise.finally(() => results.off('result', onResult));
}

const UPLOADS_AT_ONCE = 20;

async function forEach(items: string[], action: (item: string) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await action(item);
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, worker));
}

interface FolderTimes {
  uploaded: number;
  began: number;
  ended: number;
}

/** Counts requests by kind, and notes the times of each folder. */
function requestLog({ endpoint, api, bucket }: LocalPipeline) {
  const counts = new Map<string, number>();
  const apiCalls: ServedRequest[] = [];
  const deleted = new EventEmitter<{ message: [] }>();
  const folders = new Map<string, FolderTimes>();
  const aws = new URL(endpoint).host;
  const apiHost = new URL(api.url).host;

  function timesOf(folder: string): FolderTimes {
    const times = folders.get(folder) ?? { uploaded: NaN, began: Infinity, ended: NaN };
    folders.set(folder, times);
    return times;
  }

  return {
    counts,
    apiCalls,
    timesOf,
    reset(): void {
      counts.clear();
      apiCalls.length = 0;
    },
    /** A message is deleted when its invocation is over, after the result is written. */
    async whenDeleted(messages: number): Promise<void> {
      while ((counts.get('DeleteMessage') ?? 0) < messages) await once(deleted, 'message');
    },
    add(request: ServedRequest): void {
      const { host, method, path, query, headers, began, ended } = request;
      if (host === apiHost) apiCalls.push(request);
      if (host !== aws) return;
      // Of the services here, only SNS takes form-encoded requests.
      const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
      const action = isForm ? 'Publish' : headers['x-amz-target']?.toString().replace('AmazonSQS.', '');
      const isList = action === undefined && (query.has('list-type') || query.has('uploads'));
      const key = isList ? (query.get('prefix') ?? '') : path.slice(`/${bucket}/`.length);
      const times = timesOf(key.slice(0, key.indexOf('/')));
      if (headers['x-not-the-function']) {
        if (method === 'PUT' && key.endsWith('/manifest.json')) times.uploaded = ended;
        return;
      }
      const what = action ?? (isList ? 'LIST' : method);
      counts.set(what, (counts.get(what) ?? 0) + 1);
      if (what === 'DeleteMessage') deleted.emit('message');
      if (action !== undefined) return;
      times.began = Math.min(times.began, began);
      times.ended = ended;
    },
  };
}

function eachSecond(from: number, to: number, measure: (at: number) => number): number[] {
  return Array.from({ length: Math.ceil((to - from) / 1000) }, (_, second) => measure(from + second * 1000));
}
