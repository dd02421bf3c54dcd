import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { describe, expect, it } from 'vitest';
import { cloneFolder, type Progress } from '../../functions/clone-voice/clone-folder.ts';
import { readConfig } from '../../functions/clone-voice/config.ts';
import type { CloneOutcome } from '../../shared/send-clone-request.ts';
import { type Effect, MemoryS3, type Objects, put } from './memory-s3.ts';

/*
 * Every point at which a function can die: each of its effects (a request to S3, the call of the API) is the last that
 * happens, or the last that does not. And every order in which the effects of two deliveries can mix. Whatever happens,
 * a call after which there may be a voice is never followed by another, and redelivery ends in a result.
 */

const voice = {
  id: '1',
  voiceId: '1',
  name: 'Amelia',
  isMultilingual: false,
  supportedLocales: [],
  ttsClient: 'elevenlabs',
};

/** What the API does to one call, and whether it leaves a voice, as far as anybody can know. */
interface ApiCall {
  outcome: CloneOutcome;
  mayHaveMadeVoice: boolean;
}
const cloned: ApiCall = { outcome: { kind: 'cloned', status: 201, voices: [voice] }, mayHaveMadeVoice: true };
const rejected: ApiCall = {
  outcome: { kind: 'rejected', status: 400, message: 'no' },
  mayHaveMadeVoice: false,
};
const lost: ApiCall = {
  outcome: { kind: 'unknown', reason: 'closed', message: 'reset' },
  mayHaveMadeVoice: true,
};
const closed: ApiCall = {
  outcome: { kind: 'notSent', reason: 'closed', message: 'EPIPE' },
  mayHaveMadeVoice: false,
};
const busy: ApiCall = {
  outcome: { kind: 'notSent', reason: 'rate-limited', retryAfterSeconds: 5, message: '429' },
  mayHaveMadeVoice: false,
};

/** What the API does to the calls, in order; then it clones. */
const scripts: Record<string, ApiCall[]> = {
  'that clones': [],
  'that rejects': [rejected],
  'that breaks off after everything was sent': [lost],
  'that is busy at first': [busy],
  'that closes the connection at first': [closed, closed],
  'that always closes the connection': [closed, closed, closed, closed, closed],
};

const FOLDER = 'voices/amelia/';
const MINUTES = 60_000;
const config = readConfig({ CALLERS_API_KEY: 'key', SETTLE_SECONDS: '0' });
const logger = { info() {}, warn() {}, error() {} } as unknown as Logger;
const metrics = { addMetric() {} } as unknown as Metrics;

/** A bucket with a folder in it, an API, and a clock. */
function createWorld(script: readonly ApiCall[]) {
  const begin = Date.parse('2026-01-01T00:00:00Z');
  const objects: Objects = new Map();
  for (const [name, body] of Object.entries({ 'one.wav': 'RIFF 1', 'manifest.json': '{"name":"Amelia"}' })) {
    put(objects, FOLDER + name, body, new Date(begin));
  }
  const world = {
    objects,
    time: begin + 1000,
    calls: [] as ApiCall[],
    callsAfterAVoice: 0,
    deliver(effect: Effect): Promise<Progress> {
      const now = () => new Date(world.time);
      return cloneFolder(
        { bucket: 'b', key: `${FOLDER}manifest.json`, upload: '01', uploadedAt: new Date(begin) },
        {
          s3: new MemoryS3(objects, effect, now),
          config,
          apiKey: { get: () => Promise.resolve('key'), getInsteadOf: () => Promise.resolve(undefined) },
          logger,
          metrics,
          requestId: 'r',
          now,
          deadline: new Date(world.time + 15 * MINUTES),
          send: () =>
            effect('POST', () => {
              if (world.calls.some(({ mayHaveMadeVoice }) => mayHaveMadeVoice)) world.callsAfterAVoice++;
              const call = script[world.calls.length] ?? cloned;
              world.calls.push(call);
              return call.outcome;
            }),
        },
      );
    },
    /** Delivers until it is done, later and later, as a queue does. */
    async deliverUntilDone(): Promise<void> {
      for (let delivery = 0; delivery < 12; delivery++) {
        world.time += 16 * MINUTES;
        if ((await world.deliver(unhindered)).kind === 'done') return;
      }
      throw new Error('It is not done after twelve deliveries');
    },
    result(): { status: string } {
      return JSON.parse(objects.get(`${FOLDER}result.json`)?.body.toString() ?? '{"status":"none"}');
    },
  };
  return world;
}

const unhindered: Effect = (_, effect) => new Promise((resolve) => resolve(effect()));

/** Runs a delivery that dies before its effect of that number, or right after it. Tells how many it began. */
async function dieAt(world: ReturnType<typeof createWorld>, point: number, when: 'before' | 'after') {
  let begun = 0;
  const { promise: death, resolve: die } = Promise.withResolvers<'died'>();
  const end = world.deliver(async (_, effect) => {
    if (++begun !== point) return effect();
    if (when === 'after')
      await Promise.resolve()
        .then(effect)
        .catch(() => {});
    die('died');
    return new Promise(() => {});
  });
  return { died: (await Promise.race([end, death])) === 'died', begun };
}

function expectPromiseKept(world: ReturnType<typeof createWorld>, schedule: string): void {
  const madeOne = world.calls.some(({ mayHaveMadeVoice }) => mayHaveMadeVoice);
  const possible = madeOne ? ['succeeded', 'unknown'] : ['failed', 'unknown'];
  const { status } = world.result();
  const kept = {
    schedule,
    callsAfterAVoice: 0,
    status: possible.includes(status) ? status : possible.join(' or '),
  };
  expect({ schedule, callsAfterAVoice: world.callsAfterAVoice, status }).toEqual(kept);
}

describe.each(Object.entries(scripts))('with an API %s', (name, script) => {
  it('a function may die at every point, and the next one at every point again', async () => {
    let schedules = 0;
    for (const when of ['before', 'after'] as const) {
      for (let first = 1, died = true; died; first++) {
        const single = createWorld(script);
        ({ died } = await dieAt(single, first, when));
        await single.deliverUntilDone();
        expectPromiseKept(single, `${name}: dies ${when} ${first}`);
        schedules++;
        for (const again of ['before', 'after'] as const) {
          for (let second = 1, diedAgain = died; diedAgain; second++) {
            const double = createWorld(script);
            await dieAt(double, first, when);
            double.time += 16 * MINUTES;
            ({ died: diedAgain } = await dieAt(double, second, again));
            await double.deliverUntilDone();
            expectPromiseKept(double, `${name}: dies ${when} ${first}, then ${again} ${second}`);
            schedules++;
          }
        }
      }
    }
    console.info(`${name}: ${schedules} schedules`);
    expect(schedules).toBeGreaterThan(100);
  });

  it('two deliveries may mix in every order', async () => {
    let schedules = 0;
    const untried: number[][] = [[]];
    for (let choices = untried.pop(); choices; choices = untried.pop()) {
      const world = createWorld(script);
      const made = await mix(world, choices);
      // Whatever else could have been chosen after the given choices is tried too.
      for (let at = choices.length; at < made.length; at++) {
        if (made[at]?.alternatives) untried.push([...made.slice(0, at).map(({ choice }) => choice), 1]);
      }
      await world.deliverUntilDone();
      expectPromiseKept(world, `${name}: ${made.map(({ choice }) => choice).join('')}`);
      schedules++;
    }
    console.info(`${name}: ${schedules} orders`);
    expect(schedules).toBeGreaterThan(1000);
  }, 120_000);
});

/** Lets two deliveries do their effects one at a time, in the order that is chosen: 0 for the first that waits. */
async function mix(world: ReturnType<typeof createWorld>, choices: readonly number[]) {
  const made: { choice: number; alternatives: boolean }[] = [];
  const runs = [0, 1].map(() => {
    let ready = Promise.withResolvers<(() => void) | undefined>();
    const end = world.deliver(async (_, effect) => {
      const turn = Promise.withResolvers<void>();
      ready.resolve(turn.resolve);
      await turn.promise;
      ready = Promise.withResolvers();
      return effect();
    });
    void end.finally(() => ready.resolve(undefined));
    return { waiting: () => ready.promise };
  });
  for (;;) {
    const waiting = (await Promise.all(runs.map((run) => run.waiting()))).filter(
      (turn) => turn !== undefined,
    );
    const [first] = waiting;
    if (!first) return made;
    const choice = waiting.length > 1 ? (choices[made.length] ?? 0) : 0;
    made.push({ choice, alternatives: waiting.length > 1 && made.length < 14 });
    waiting[choice]?.();
    // The chosen one has taken its turn once it waits anew.
    await Promise.resolve();
  }
}
