import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { cloneFolder, Progress } from '../../../functions/clone-voice/clone-folder.ts';
import { readConfig } from '../../../functions/clone-voice/config.ts';
import type { SendOutcome } from '../../../functions/clone-voice/send-clone-request.ts';
import { type Effect, memoryS3, type Objects, put } from './memory-s3.ts';

/** What the API does to one call, and whether it leaves a voice, as far as anybody can know. */
export interface ApiCall {
  outcome: SendOutcome;
  mayHaveMadeVoice: boolean;
}

/** One upload of the manifest, as S3's event tells of it. */
export interface Upload {
  sequencer: string;
  at: Date;
}

/** A bucket with one voice folder, an API that follows a script, and a clock. */
export interface World {
  /** In milliseconds. */
  time: number;
  /** What was called so far. */
  readonly calls: readonly ApiCall[];
  /** Calls made although there may have been a voice already and nobody had asked for another: must stay 0. */
  readonly callsTooMany: number;
  /** Whether there may be a voice that nobody has asked for another instead of. */
  mayHaveVoice(): boolean;
  readonly firstUpload: Upload;
  /** Gives the upload's event to the function. Each of its effects on the world goes through `effect`. */
  deliver(upload: Upload, effect: Effect): Promise<Progress>;
  /** A person uploads the manifest again. */
  uploadAgain(): Upload;
  replaceSample(): void;
  /** The status in `result.json`; `none` while there is none. */
  status(): string;
  /** Whether the folder's claim says that a call is under way. */
  isPosting(): boolean;
}

const FOLDER = 'voices/amelia/';
const MINUTES = 60_000;
const config = readConfig({ CALLERS_API_KEY: 'key', SETTLE_SECONDS: '0' });
const logger = { info() {}, warn() {}, error() {} } as unknown as Logger;
const metrics = { addMetric() {} } as unknown as Metrics;

const voice = {
  id: '1',
  voiceId: '1',
  name: 'Amelia',
  isMultilingual: false,
  supportedLocales: [],
  ttsClient: 'elevenlabs',
};

/** What the API does when its script has ended. */
export const cloned: ApiCall = {
  outcome: { kind: 'cloned', status: 201, voices: [voice] },
  mayHaveMadeVoice: true,
};

/**
 * @param clone the function to try: the real one, or one that was broken on purpose
 * @param script what the API does to the calls, in order; then it clones
 */
export function createWorld(clone: typeof cloneFolder, script: readonly ApiCall[]): World {
  const begin = Date.parse('2026-01-01T00:00:00Z');
  const objects: Objects = new Map();
  const upload = (name: string, body: string) => {
    put(objects, FOLDER + name, body, new Date(world.time));
  };
  const read = (key: string): { status?: string; state?: string } =>
    JSON.parse(objects.get(key)?.body.toString() ?? '{}');
  const calls: ApiCall[] = [];
  /** How many calls had been made when a person last asked for a voice that did not come. */
  let asked = 0;
  let uploads = 1;

  const world = {
    time: begin,
    calls,
    callsTooMany: 0,
    mayHaveVoice: () => calls.slice(asked).some(({ mayHaveMadeVoice }) => mayHaveMadeVoice),
    firstUpload: { sequencer: '01', at: new Date(begin) },
    deliver({ sequencer, at }: Upload, effect: Effect) {
      const now = () => new Date(world.time);
      return clone(
        { bucket: 'b', key: `${FOLDER}manifest.json`, upload: sequencer, uploadedAt: at },
        {
          s3: memoryS3(objects, effect, now),
          config,
          apiKey: { get: () => Promise.resolve('key'), getInsteadOf: () => Promise.resolve(undefined) },
          logger,
          metrics,
          requestId: 'r',
          now,
          deadline: new Date(world.time + 15 * MINUTES),
          sleep: (milliseconds) => {
            world.time += milliseconds;
            return Promise.resolve();
          },
          send: () =>
            effect('POST', () => {
              if (world.mayHaveVoice()) world.callsTooMany++;
              const call = script[calls.length] ?? cloned;
              calls.push(call);
              return call.outcome;
            }),
        },
      );
    },
    uploadAgain() {
      world.time += MINUTES;
      if (['failed', 'unknown'].includes(world.status())) asked = calls.length;
      upload('manifest.json', '{"name":"Amelia"}');
      return { sequencer: `0${++uploads}`, at: new Date(world.time) };
    },
    replaceSample: () => upload('one.wav', 'RIFF 2'),
    status: () => read(`${FOLDER}result.json`).status ?? 'none',
    isPosting: () =>
      [...objects.keys()].some((key) => key.includes('.voice-clone/') && read(key).state === 'posting'),
  };
  upload('one.wav', 'RIFF 1');
  upload('manifest.json', '{"name":"Amelia"}');
  world.time += 1000;
  return world;
}
