import { createHash } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { AudioSample } from '../../../functions/clone-voice/send/audio-sample.ts';
import type { deliver } from '../../../functions/clone-voice/deliver.ts';
import type { Progress } from '../../../functions/clone-voice/invocation.ts';
import { readConfig } from '../../../functions/clone-voice/config.ts';
import { createS3Clock } from '../../../functions/clone-voice/s3-clock.ts';
import type { SendOptions, Stopped } from '../../../functions/clone-voice/send/send-clone-request.ts';
import type { CloneRequest } from '../../../shared/clone-request.ts';
import type { CloneOutcome } from '../../../shared/outcome.ts';
import { decodeLedger } from '../../../voice-folder/ledger-format.ts';
import type { Ledger } from '../../../voice-folder/ledger-schema.ts';
import type { FinalResult, Result } from '../../../voice-folder/result.ts';
import { amelia } from '../../support/voice.ts';
import { type Effect, memoryS3, type Objects, put, STATE_BUCKET } from './memory-s3.ts';

/** What the API does to one call, and whether a voice may exist afterwards. */
export interface ApiCall {
  outcome: CloneOutcome;
  mayHaveMadeVoice: boolean;
  /** It is done before the API has the end of the body. */
  isEarly?: true;
}

/** A call that was made. */
export interface MadeCall extends ApiCall {
  upload: Upload;
  /** The sample's size, which identifies it. */
  size: number;
}

/** One upload of the manifest, as S3's event tells of it. */
export interface Upload {
  /** The folder's prefix. */
  folder: string;
  sequencer: string;
  at: Date;
  /** What the person who made it knew. */
  told: Result | undefined;
  isCopy?: true;
}

/** A bucket with one voice folder, an API that follows a script, and a clock. */
export interface World {
  /** S3's, in milliseconds. */
  time: number;
  /** By how much the clocks of the function's hosts differ from S3's. */
  hostsAhead: number;
  /** What was called so far. */
  readonly calls: readonly MadeCall[];
  /** Calls made although there may have been a voice already and nobody had asked for another: must stay 0. */
  readonly callsTooMany: number;
  readonly firstUpload: Upload;
  /** What was published, in order. */
  readonly published: readonly FinalResult[];
  /** All uploads, in order. */
  readonly uploads: readonly Upload[];
  /** Gives the upload's event to the function. Each of its effects on the world goes through `effect`. */
  deliver(upload: Upload, effect: Effect): Promise<Progress>;
  /** A person uploads the manifest again. */
  uploadAgain(): Upload;
  /** Uploads it again before anybody can have read what `result.json` says. */
  uploadSoon(): Upload;
  /** Copies the manifest onto itself, as tools do to change its metadata. */
  copyManifest(): Upload;
  replaceSample(): void;
  /** Writes the sample again, so that it has another ETag: with another key, or in other parts. */
  encryptAnew(): void;
  /** Copies the folder with all that is in it, as `aws s3 cp --recursive` does. */
  copyFolder(): Upload;
  /** The metrics that were emitted. */
  readonly metrics: readonly string[];
  /** What `result.json` says; undefined while there is none. */
  result(folder?: string): Result | undefined;
  /** A folder's ledger; undefined while there is none. */
  ledger(folder?: string): Ledger | undefined;
}

const FOLDER = 'voices/amelia/';
const COPY = 'voices/copy/';
const MINUTES = 60_000;
/** Nobody acts on a result within two seconds. */
const SECONDS_TO_READ = 2;
const config = readConfig({ CALLERS_API_KEY: 'key', STATE_BUCKET });
const logger = { info() {}, warn() {}, error() {} } as unknown as Logger;

/** What the API does when its script has ended. */
const cloned: ApiCall = {
  outcome: { kind: 'cloned', status: 201, voices: [amelia] },
  mayHaveMadeVoice: true,
};

/**
 * @param clone the function to try: the real one, or one that was broken on purpose
 * @param script what the API does to the calls, in order; then it clones
 */
export function createWorld(clone: typeof deliver, script: readonly ApiCall[]): World {
  const begin = Date.parse('2026-01-01T00:00:00Z');
  const objects: Objects = new Map();
  const upload = (name: string, body: string) => {
    put(objects, FOLDER + name, body, inSeconds(world.time));
  };
  const uploadManifest = () => upload('manifest.json', '{"name":"Amelia","files":["one.wav"]}');
  const calls: MadeCall[] = [];
  const published: FinalResult[] = [];
  const metrics: string[] = [];
  const firstUpload: Upload = { folder: FOLDER, sequencer: '01', at: new Date(begin), told: undefined };
  const uploads = [firstUpload];
  let sample = 'RIFF 1';
  let keys = 0;
  const noted = (made: Pick<Upload, 'folder' | 'told' | 'isCopy'>): Upload => {
    const again = { ...made, sequencer: `0${uploads.length + 1}`, at: new Date(world.time) };
    uploads.push(again);
    return again;
  };

  /** Sends as the real one does, for as much as the outcome depends on it. */
  async function send(
    made: Upload,
    effect: Effect,
    { parts }: CloneRequest<AudioSample>,
    { mayBegin, mayEnd }: SendOptions,
  ): Promise<CloneOutcome | Stopped> {
    const stopped = (by: Stopped['by']) => (error: unknown) =>
      ({ kind: 'stopped', by, error, message: String(error) }) as const;
    const samples = parts.map(([, value]) => value).filter((value) => typeof value !== 'string');
    let digests: string[] = [];
    const opening = Promise.all(samples.map((each) => each.open(new AbortController().signal))).then(
      (opened) => {
        digests = (opened as unknown as Uint8Array[][]).map((chunks) => sha256(chunks));
      },
      stopped('sample'),
    );
    const refused = (await mayBegin?.then(() => undefined, stopped('gate'))) ?? (await opening);
    if (refused) return refused;
    const size = samples[0]?.size ?? 0;
    const isEarly = (script[calls.length] ?? cloned).isEarly === true;
    const withheld = isEarly ? undefined : await mayEnd?.(digests).then(() => undefined, stopped('gate'));
    if (withheld) return withheld;
    return effect('POST', () => {
      if (calls.some((before) => before.mayHaveMadeVoice && !isAskedFor(made, size, before))) {
        world.callsTooMany++;
      }
      const call = script[calls.length] ?? cloned;
      calls.push({ ...call, upload: made, size });
      return call.outcome;
    });
  }

  const world = {
    time: begin,
    hostsAhead: 0,
    calls,
    published,
    metrics,
    callsTooMany: 0,
    firstUpload,
    uploads,
    deliver(made: Upload, effect: Effect) {
      const s3Now = () => inSeconds(world.time);
      const hostNow = () => world.time + world.hostsAhead;
      const clock = createS3Clock(hostNow);
      const end = world.time + 15 * MINUTES;
      return clone(
        {
          bucket: 'b',
          key: `${made.folder}manifest.json`,
          sequencer: made.sequencer,
          uploadedAt: made.at,
          isCopy: made.isCopy === true,
        },
        {
          s3: memoryS3(objects, effect, s3Now, (date) => clock.observe(date)),
          clock,
          config,
          hasConditionalWrites: () => Promise.resolve(true),
          apiKey: { get: () => Promise.resolve('key'), getInsteadOf: () => Promise.resolve(undefined) },
          logger,
          metrics: { addMetric: (name: string) => metrics.push(name) } as unknown as Metrics,
          requestId: 'r',
          secondsLeft: () => (end - world.time) / 1000,
          sleep: (milliseconds) => {
            world.time += milliseconds;
            return Promise.resolve();
          },
          send: (request, options) => send(made, effect, request, options),
          publish: (result) => effect('PUBLISH', () => void published.push(result)),
        },
      );
    },
    uploadAgain() {
      world.time += MINUTES;
      const told = world.result();
      uploadManifest();
      return noted({ folder: FOLDER, told });
    },
    uploadSoon() {
      world.time += 400;
      const written = objects.get(`${FOLDER}result.json`)?.lastModified ?? new Date(world.time);
      const told = world.time - written.getTime() >= SECONDS_TO_READ * 1000 ? world.result() : undefined;
      uploadManifest();
      return noted({ folder: FOLDER, told });
    },
    copyManifest() {
      world.time += MINUTES;
      const shown = world.result();
      uploadManifest();
      // Where there may be a voice, only an upload asks for another.
      return noted({ folder: FOLDER, told: shown?.status === 'failed' ? shown : undefined, isCopy: true });
    },
    replaceSample: () => upload('one.wav', (sample += '1')),
    encryptAnew() {
      const stored = objects.get(`${FOLDER}one.wav`);
      if (stored)
        objects.set(`${FOLDER}one.wav`, {
          ...stored,
          etag: `"${++keys}-kms"`,
          lastModified: inSeconds(world.time),
        });
    },
    copyFolder() {
      world.time += 1000;
      for (const [key, object] of objects) {
        if (!key.startsWith(FOLDER)) continue;
        objects.set(COPY + key.slice(FOLDER.length), { ...object, lastModified: inSeconds(world.time) });
      }
      return noted({ folder: COPY, told: undefined });
    },
    result(folder = FOLDER): Result | undefined {
      const stored = objects.get(`${folder}result.json`);
      return stored && (JSON.parse(stored.body.toString()) as Result);
    },
    ledger(folder = FOLDER) {
      const stored = objects.get(`${STATE_BUCKET}:b/${folder}ledger.json`);
      return stored && decodeLedger(stored.body);
    },
  };
  upload('one.wav', sample);
  uploadManifest();
  world.time += 1000;
  return world;
}

function sha256(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('base64');
}

/** S3 tells its time in whole seconds. */
function inSeconds(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}

/**
 * Whether an upload may be followed by a call after this one: it is a newer one, for other samples or by a person who had
 * been told that these ended without a voice, or nobody knows with which.
 */
function isAskedFor({ folder, sequencer, told }: Upload, size: number, before: MadeCall): boolean {
  if (folder !== before.upload.folder) return size !== before.size || told?.status === 'unknown';
  if (sequencer <= before.upload.sequencer) return false;
  return size !== before.size || (isTold(told, size) && told.upload >= before.upload.sequencer);
}

/** Whether a person was told that these samples made no voice, or that nobody knows. */
export function isTold(told: Result | undefined, size: number | undefined): told is Result {
  return (told?.status === 'failed' || told?.status === 'unknown') && told.samples?.[0]?.size === size;
}
