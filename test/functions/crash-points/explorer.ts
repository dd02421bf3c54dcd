import type { cloneFolder, Progress } from '../../../functions/clone-voice/clone-folder.ts';
import type { Effect } from './memory-s3.ts';
import { type ApiCall, createWorld, type Upload, type World } from './world.ts';

/**
 * Walks through everything that can happen to one voice folder, within limits, and judges each walk.
 *
 * The function touches the world by effects: its requests to S3 and its call of the API. An *accident* befalls one of
 * them; a *schedule* says which accidents happen at which effects, or in which order the effects of two deliveries mix.
 * All schedules up to the limit are tried, so that what holds here holds for every crash point.
 */
export interface Exploration {
  name: string;
  /**
   * @param accidents how many may happen in one schedule
   * @returns how many schedules were tried
   * @throws {PromiseBroken} at the first schedule after which the promise does not hold
   */
  explore: (clone: typeof cloneFolder, accidents: number) => Promise<number>;
}

/** Somebody would have paid twice, or would never have heard of their drop. */
export class PromiseBroken extends Error {
  override readonly name = 'PromiseBroken';
}

/** What can happen to an effect. */
type Accident =
  | 'dies before'
  | 'dies after'
  | 'fails before'
  | 'fails after'
  /** The SDK repeats a write whose answer was lost. */
  | 'is repeated';

const anAccident = new Error('An accident');

/** By the number of the effect, counted through all deliveries. */
type Accidents = ReadonlyMap<number, Accident>;

/** Up to which effect the order of two deliveries is varied; it is about one and a half times what one delivery does. */
const DEPTH = 14;
const MINUTES = 60_000;

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
  outcome: { kind: 'notSent', reason: 'busy', retryAfterSeconds: 5, message: '429' },
  mayHaveMadeVoice: false,
};

/** An API, and how a drop ends with it if no function dies during the call. */
interface Script {
  name: string;
  calls: ApiCall[];
  ends: string[];
}

const scripts: Script[] = [
  { name: 'an API that clones', calls: [], ends: ['succeeded'] },
  { name: 'an API that rejects', calls: [rejected], ends: ['failed'] },
  { name: 'an API that breaks off after everything was sent', calls: [lost], ends: ['unknown'] },
  {
    name: 'an API that is busy at first',
    calls: [busy],
    // The time for which it may be busy has gone by when the function died before.
    ends: ['succeeded', 'failed'],
  },
  {
    name: 'an API that closes the connection at first',
    calls: [closed, closed],
    // A function that died counts as an attempt.
    ends: ['succeeded', 'failed'],
  },
  {
    name: 'an API that closes the connection until nobody tries any more',
    calls: [closed, closed, closed],
    ends: ['failed'],
  },
];

export const explorations: readonly Exploration[] = [
  ...scripts.map((script): Exploration => ({
    name: `${script.name}: accidents at every effect`,
    explore: (clone, accidents) =>
      everyAccident(clone, script, accidents, async (play, { firstUpload }) => {
        await play.untilDone(firstUpload);
        return script.ends;
      }),
  })),
  ...scripts.map((script): Exploration => ({
    name: `${script.name}: accidents, and a person who asks again once it has ended`,
    explore: (clone, accidents) =>
      everyAccident(clone, script, accidents, async (play, world) => {
        await play.untilDone(world.firstUpload);
        const ended = world.status();
        const calls = world.calls.length;
        await play.untilDone(world.uploadAgain());
        await play.untilDone(world.firstUpload);
        if (ended !== 'succeeded' && world.calls.length === calls && !play.diedDuringCall()) {
          throw new PromiseBroken('a person asked again, and nothing was called');
        }
        return undefined;
      }),
  })),
  ...scripts.map((script): Exploration => ({
    name: `${script.name}: accidents, and a sample replaced before the next delivery`,
    explore: (clone, accidents) =>
      everyAccident(clone, script, accidents, async (play, world) => {
        await play.once(world.firstUpload);
        world.replaceSample();
        await play.untilDone(world.firstUpload);
        return undefined;
      }),
  })),
  ...scripts.map((script): Exploration => ({
    name: `${script.name}: every order of two deliveries of one event`,
    explore: (clone) => everyOrder(clone, script, ({ firstUpload }) => [firstUpload, firstUpload]),
  })),
  ...scripts.map((script): Exploration => ({
    name: `${script.name}: every order of the deliveries of two uploads in a row`,
    explore: (clone) => everyOrder(clone, script, (world) => [world.firstUpload, world.uploadAgain()]),
  })),
];

/** Delivers to the function, with the accidents of a schedule. */
interface Play {
  /** Delivers once, whatever comes of it. */
  once(upload: Upload): Promise<void>;
  /** Delivers until it is done, later and later, as a queue does. */
  untilDone(upload: Upload): Promise<void>;
  /** Whether a function ended in an accident when a call could have been under way. */
  diedDuringCall(): boolean;
}

/** @returns the statuses that it may end with if no function died during a call; undefined where any is right */
type Story = (play: Play, world: World) => Promise<string[] | undefined>;

async function everyAccident(
  clone: typeof cloneFolder,
  script: Script,
  most: number,
  story: Story,
): Promise<number> {
  // Grows while it is walked through: what goes wrong with few accidents is found before what needs more.
  const schedules: Accidents[] = [new Map()];
  for (const accidents of schedules) {
    const effects = await tell(clone, script, story, accidents);
    if (accidents.size === most) continue;
    for (let number = Math.max(-1, ...accidents.keys()) + 1; number < effects.length; number++) {
      for (const accident of possibleAccidents(effects[number] ?? '')) {
        schedules.push(new Map([...accidents, [number, accident]]));
      }
    }
  }
  return schedules.length;
}

function possibleAccidents(effect: string): Accident[] {
  const accidents: Accident[] = ['dies before', 'dies after', 'fails before', 'fails after'];
  return effect.startsWith('PUT') ? [...accidents, 'is repeated'] : accidents;
}

/** @returns the effects that took place, in order */
async function tell(
  clone: typeof cloneFolder,
  script: Script,
  story: Story,
  accidents: Accidents,
): Promise<string[]> {
  const world = createWorld(clone, script.calls);
  const effects: string[] = [];
  let diedDuringCall = false;
  const play: Play = {
    async once(upload) {
      await deliver(upload);
    },
    async untilDone(upload) {
      for (let deliveries = 0; deliveries < 20; deliveries++) {
        const progress = await deliver(upload);
        if (progress?.kind === 'done') return;
        world.time += progress?.seconds === undefined ? 16 * MINUTES : progress.seconds * 1000;
      }
      throw new PromiseBroken('it has not ended after 20 deliveries');
    },
    diedDuringCall: () => diedDuringCall,
  };

  /** Gives back nothing when the function died or threw. */
  async function deliver(upload: Upload): Promise<Progress | undefined> {
    const { promise: death, resolve: die } = Promise.withResolvers<undefined>();
    const effect: Effect = async (name, act) => {
      const accident = accidents.get(effects.push(name) - 1);
      const never = new Promise<never>(() => {});
      switch (accident) {
        case undefined:
          return act();
        case 'dies before':
          die(undefined);
          return never;
        case 'fails before':
          throw anAccident;
        case 'dies after':
          attempt(act);
          die(undefined);
          return never;
        case 'fails after':
          attempt(act);
          throw anAccident;
        case 'is repeated':
          attempt(act);
          return act();
      }
    };
    const progress = await Promise.race([world.deliver(upload, effect).catch(() => undefined), death]);
    if (!progress && world.isPosting()) diedDuringCall = true;
    return progress;
  }

  try {
    const ends = await story(play, world);
    judge(world, diedDuringCall ? undefined : ends);
  } catch (error) {
    const at = [...accidents].map(([number, accident]) => `${accident} ${number} (${effects[number]})`);
    throw broken(error, script, at.join(', then ') || 'no accident');
  }
  return effects;
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // S3 refused, and nobody hears of it.
  }
}

async function everyOrder(
  clone: typeof cloneFolder,
  script: Script,
  uploadsIn: (world: World) => [Upload, Upload],
): Promise<number> {
  let schedules = 0;
  const untried: number[][] = [[]];
  for (let choices = untried.pop(); choices; choices = untried.pop()) {
    const world = createWorld(clone, script.calls);
    const uploads = uploadsIn(world);
    world.time += 1000;
    const made = await mix(world, uploads, choices);
    // Whatever else could have been chosen after the given choices is tried too.
    for (let at = choices.length; at < made.length; at++) {
      if (made[at]?.alternatives) untried.push([...made.slice(0, at).map(({ choice }) => choice), 1]);
    }
    try {
      for (const upload of uploads) await redeliver(world, upload);
      judge(world, script.ends);
    } catch (error) {
      throw broken(error, script, `order ${made.map(({ choice }) => choice).join('')}`);
    }
    schedules++;
  }
  return schedules;
}

async function redeliver(world: World, upload: Upload): Promise<void> {
  for (let deliveries = 0; deliveries < 20; deliveries++) {
    const progress = await world.deliver(upload, unhindered);
    if (progress.kind === 'done') return;
    world.time += progress.seconds === undefined ? 16 * MINUTES : progress.seconds * 1000;
  }
  throw new PromiseBroken('it has not ended after 20 deliveries');
}

const unhindered: Effect = (_, act) => new Promise((resolve) => resolve(act()));

/** Lets two deliveries do their effects one at a time, in the order that is chosen: 0 for the first that waits. */
async function mix(world: World, uploads: [Upload, Upload], choices: readonly number[]) {
  const made: { choice: number; alternatives: boolean }[] = [];
  const runs = uploads.map((upload) => {
    let ready = Promise.withResolvers<(() => void) | undefined>();
    const end = world.deliver(upload, async (_, act) => {
      const turn = Promise.withResolvers<void>();
      ready.resolve(turn.resolve);
      await turn.promise;
      ready = Promise.withResolvers();
      return act();
    });
    void end.catch(() => {}).finally(() => ready.resolve(undefined));
    return { waiting: () => ready.promise };
  });
  for (;;) {
    const waiting = (await Promise.all(runs.map((run) => run.waiting()))).filter(
      (turn) => turn !== undefined,
    );
    const [first] = waiting;
    if (!first) return made;
    const choice = waiting.length > 1 ? (choices[made.length] ?? 0) : 0;
    made.push({ choice, alternatives: waiting.length > 1 && made.length < DEPTH });
    waiting[choice]?.();
    // The chosen one has taken its turn once it waits anew.
    await Promise.resolve();
  }
}

/** @param ends the statuses that are right; undefined for any that does not contradict what was called */
function judge(world: World, ends: string[] | undefined): void {
  if (world.callsTooMany > 0) throw new PromiseBroken('it was called again although there may be a voice');
  const status = world.status();
  const possible = world.mayHaveVoice() ? ['succeeded', 'unknown'] : ['failed', 'unknown'];
  if (!possible.includes(status)) {
    throw new PromiseBroken(`the result is ${status} and not ${possible.join(' or ')}`);
  }
  if (ends && !ends.includes(status)) {
    throw new PromiseBroken(`the result is ${status} and not ${ends.join(' or ')}`);
  }
}

function broken(error: unknown, script: Script, schedule: string): unknown {
  return error instanceof PromiseBroken
    ? new PromiseBroken(`${script.name}, ${schedule}: ${error.message}`)
    : error;
}
