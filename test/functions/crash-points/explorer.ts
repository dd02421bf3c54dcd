import type { deliver } from '../../../functions/clone-voice/deliver.ts';
import type { Progress } from '../../../functions/clone-voice/invocation.ts';
import {
  backoffSeconds,
  maxReceiveCount,
  visibilityTimeoutSeconds,
} from '../../../functions/clone-voice/redelivery.ts';
import { outcomeOf } from '../../../shared/outcome.ts';
import { type FinalResult, isFinal } from '../../../voice-folder/result.ts';
import type { Effect } from './memory-s3.ts';
import { type ApiCall, createWorld, isTold, type MadeCall, type Upload, type World } from './world.ts';

/**
 * Walks through everything that can happen to one voice folder, within limits, and judges each walk.
 *
 * The function touches the world by effects: its requests to S3 and its call of the API. An *accident* befalls one of
 * them; a *schedule* says which accidents happen at which effects, or in which order the effects of two deliveries mix.
 * All schedules up to the limit are tried, so that what holds here holds for every crash point; of schedules that leave the
 * world the same at every step, one.
 */
export interface Exploration {
  name: string;
  /** @throws {PromiseBroken} at the first schedule after which the promise does not hold */
  explore: (clone: typeof deliver, limits: Limits) => Promise<Explored>;
}

/** How far an exploration goes. */
export interface Limits {
  /** How many accidents may happen in one schedule. */
  accidents: number;
  /** Up to which effect the order of two deliveries is varied. */
  mixed: number;
  /** Also tries orders of which another leads to the same. */
  tryAll?: true;
}

/** Takes seconds. */
export const SHALLOW: Limits = { accidents: 1, mixed: 9 };
/** Takes minutes. */
export const EXHAUSTIVE: Limits = { accidents: 2, mixed: Infinity };

/** What an exploration tried, and found. */
export interface Explored {
  schedules: number;
  /** How many of them were not tried, because another leads to the same. */
  same: number;
  /** How many of them ended as `unknown` although no voice can have been made: the API had all, or never did. */
  unknownWithoutVoice: { sent: number; neverSent: number };
}

/** What two deliveries lead to. */
export interface ExploredOrders extends Explored {
  /** The worlds in which the orders ended. */
  ends: Set<string>;
}

/** A person would have paid twice, or would never have learned the outcome. */
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
  | 'is repeated'
  /** The host stops for longer than its lease, while others go on, and then goes on itself. */
  | 'is frozen before'
  | 'is frozen after'
  /** It dies once a host that was frozen has gone on. */
  | 'dies as another resumes'
  /** Somebody replaces the sample right before it. */
  | 'follows a replaced sample';

const anAccident = new Error('An accident');

/** By the number of the effect, counted through all deliveries. */
type Accidents = ReadonlyMap<number, Accident>;

const SECONDS = 1_000;

const rejected: ApiCall = {
  outcome: { kind: 'rejected', by: 'Callers', status: 400, message: 'no' },
  mayHaveMadeVoice: false,
};
const lost: ApiCall = {
  outcome: { kind: 'unknown', reason: 'closed', message: 'reset' },
  mayHaveMadeVoice: true,
};
/** A proxy says so after it has delivered the request. */
const late503: ApiCall = {
  outcome: outcomeOf({ kind: 'answered', status: 503, body: '', retryAfter: '5' }, true, 60),
  mayHaveMadeVoice: true,
};
const closed: ApiCall = {
  outcome: { kind: 'notSent', reason: 'closed', message: 'EPIPE' },
  mayHaveMadeVoice: false,
  isEarly: true,
};
const busy: ApiCall = {
  outcome: { kind: 'notSent', reason: 'busy', retryAfterSeconds: 5, message: '429' },
  mayHaveMadeVoice: false,
};

/** An API, and how a drop ends with it. */
interface Script {
  name: string;
  calls: ApiCall[];
  /** Without accidents, the first; with accidents, any of them, unless a function dies during the call. */
  ends: [string, ...string[]];
}

const scripts: Script[] = [
  { name: 'an API that clones', calls: [], ends: ['succeeded'] },
  { name: 'an API that rejects', calls: [rejected], ends: ['failed'] },
  { name: 'an API that closes the connection after everything was sent', calls: [lost], ends: ['unknown'] },
  { name: 'a proxy that answers 503 for an API that clones', calls: [late503], ends: ['unknown'] },
  {
    name: 'an API that is busy at first',
    calls: [busy],
    // A host that dies between two attempts may take all the time for which it may be busy.
    ends: ['succeeded', 'failed'],
  },
  {
    name: 'an API that closes the connection at first',
    calls: [closed, closed],
    // A function that died counts as an attempt.
    ends: ['succeeded', 'failed'],
  },
  {
    name: 'an API that closes the connection until the function gives up',
    calls: [closed, closed, closed],
    // A function that died before it noted the last of them leaves the drop to be tried once more.
    ends: ['failed', 'succeeded'],
  },
];
/** The APIs that end a drop in each of the three ways. */
const endings = scripts.slice(0, 3);

const mishaps: Accident[] = ['dies before', 'dies after', 'fails before', 'fails after', 'is repeated'];
const freezes: Accident[] = ['dies after', 'is frozen before', 'is frozen after'];

/** How a drop ends whatever else happens, and with which accidents. */
interface Tale {
  name: string;
  scripts: readonly Script[];
  accidents: readonly Accident[];
  story: Story;
}

const tales: Tale[] = [
  {
    name: 'accidents at every effect',
    scripts,
    accidents: mishaps,
    story: async (play, { firstUpload }, script) => {
      await play.untilDone(firstUpload);
      return play.accidents.size === 0 ? script.ends.slice(0, 1) : script.ends;
    },
  },
  {
    name: 'accidents, and a person who asks again after the end',
    scripts,
    accidents: mishaps,
    story: async (play, world) => {
      await play.untilDone(world.firstUpload);
      await askAgain(play, world);
      await play.untilDone(world.firstUpload);
    },
  },
  {
    name: 'accidents, and a sample replaced before the next delivery',
    scripts,
    accidents: mishaps,
    story: async (play, world) => {
      await play.once(world.firstUpload);
      world.replaceSample();
      await play.untilDone(world.firstUpload);
    },
  },
  {
    name: 'accidents, and an impatient person who uploads again after the first delivery',
    scripts,
    accidents: mishaps,
    story: async (play, world) => {
      await play.once(world.firstUpload);
      const again = world.uploadAgain();
      await play.untilDone(again);
      await play.untilDone(world.firstUpload);
    },
  },
  {
    name: 'accidents, and an impatient person who uploads again twice, with a sample replaced in between',
    scripts: endings,
    accidents: mishaps,
    story: async (play, world) => {
      await play.once(world.firstUpload);
      const second = world.uploadAgain();
      await play.once(second);
      world.replaceSample();
      const third = world.uploadAgain();
      await play.untilDone(third);
      await play.untilDone(second);
      await play.untilDone(world.firstUpload);
    },
  },
  {
    name: 'accidents, and an impatient person who uploads another sample twice',
    scripts: endings,
    accidents: mishaps,
    story: async (play, world) => {
      await play.untilDone(world.firstUpload);
      world.replaceSample();
      const second = world.uploadAgain();
      await play.once(second);
      const third = world.uploadAgain();
      await play.untilDone(third);
      await play.untilDone(second);
    },
  },
  {
    name: 'accidents, and two events of which the older arrives last',
    scripts: endings,
    accidents: mishaps,
    story: async (play, world) => {
      const second = world.uploadAgain();
      await play.untilDone(second);
      world.replaceSample();
      await play.untilDone(world.firstUpload);
    },
  },
  {
    name: 'a sample replaced between any two effects',
    scripts: endings,
    accidents: ['dies before', 'dies after', 'fails after', 'follows a replaced sample'],
    story: async (play, world) => {
      await play.untilDone(world.firstUpload);
      await play.untilDone(world.uploadAgain());
    },
  },
  ...[-30, 30].map((ahead): Tale => ({
    name: `accidents on hosts whose clocks are ${Math.abs(ahead)} seconds ${ahead < 0 ? 'behind' : 'ahead'}, and a person who asks again`,
    scripts: endings,
    accidents: freezes,
    story: async (play, world) => {
      world.hostsAhead = ahead * SECONDS;
      await play.once(world.firstUpload);
      world.hostsAhead = 0;
      const again = world.uploadAgain();
      await play.untilDone(again);
      await play.untilDone(world.firstUpload);
    },
  })),
  {
    name: 'accidents, and an upload before anybody can have read the result',
    scripts: endings,
    accidents: mishaps,
    story: async (play, world) => {
      await play.untilDone(world.firstUpload);
      const soon = world.uploadSoon();
      await play.untilDone(soon);
    },
  },
  {
    name: 'accidents, and samples that are encrypted anew before the manifest is uploaded again',
    scripts: endings,
    accidents: mishaps,
    story: async (play, world) => {
      await play.once(world.firstUpload);
      world.encryptAnew();
      const again = world.uploadSoon();
      await play.untilDone(again);
      await play.untilDone(world.firstUpload);
    },
  },
  {
    name: 'accidents, and a manifest that is copied onto itself',
    scripts: endings,
    accidents: mishaps,
    story: async (play, world) => {
      await play.untilDone(world.firstUpload);
      await play.untilDone(world.copyManifest());
    },
  },
  {
    name: 'accidents, and a copy of the folder',
    scripts: endings,
    accidents: [...mishaps, 'is frozen before', 'is frozen after'],
    story: async (play, world) => {
      await play.once(world.firstUpload);
      const copy = world.copyFolder();
      await play.untilDone(copy);
      await play.untilDone(world.firstUpload);
      await play.thaw();
      judgeCopy(world, copy);
    },
  },
  {
    name: 'a function that dies, and a person who has uploaded something else since',
    scripts: endings,
    accidents: ['dies before', 'dies after'],
    story: async (play, world) => {
      await play.once(world.firstUpload);
      world.replaceSample();
      const edited = world.uploadAgain();
      await play.untilDone(edited);
      const ended = world.ledger()?.ended ?? [];
      const isUnknown = ended.some(({ drop, ending }) => drop.upload === '01' && ending.status === 'unknown');
      const wasTold =
        world.metrics.includes('Unknown') ||
        world.published.some(({ upload, status }) => upload === '01' && status === 'unknown');
      if (isUnknown && !wasTold) {
        throw new PromiseBroken('nobody was told that a drop ended as unknown');
      }
    },
  },
  {
    name: 'owners frozen beyond their leases',
    scripts: endings,
    accidents: freezes,
    story: async (play, world, script) => {
      await play.untilDone(world.firstUpload);
      await play.thaw();
      await play.untilDone(world.firstUpload);
      const isForgotten = world.result()?.status === 'unknown' && !script.ends.includes('unknown');
      if (isForgotten && ![...play.accidents.values()].includes('dies after')) {
        throw new PromiseBroken('an owner came back that knew how it ended, and the result is unknown');
      }
    },
  },
  {
    name: 'an owner that comes back while its successor dies',
    scripts: endings,
    accidents: ['is frozen before', 'is frozen after', 'dies as another resumes'],
    story: async (play, { firstUpload }, script) => {
      await play.untilDone(firstUpload);
      return script.ends;
    },
  },
  {
    name: 'owners frozen until after a person has asked again',
    scripts: endings,
    accidents: freezes,
    story: async (play, world) => {
      await play.untilDone(world.firstUpload);
      await askAgain(play, world);
      await play.thaw();
      for (const upload of world.uploads) await play.untilDone(upload);
    },
  },
];

/** A copy never makes a voice of its own where there may be one, and says where it comes from. */
function judgeCopy(world: World, { folder }: Upload): void {
  const result = world.result(folder);
  const isFromFirst = result && 'clonedFrom' in result && result.clonedFrom === 's3://b/voices/amelia/';
  const own = world.calls.filter(({ upload }) => upload.folder === folder);
  const first = world.calls.filter(({ upload }) => upload.folder !== folder);
  if (!result || !isFinal(result))
    throw new PromiseBroken(`the result of the copy is ${result?.status ?? 'missing'}`);
  if (own.length === 0 && mayHaveVoice(first) && !isFromFirst) {
    throw new PromiseBroken('the copy does not say whose voice it has');
  }
  if (own.length === 0 && !mayHaveVoice(first) && result.status === 'succeeded') {
    throw new PromiseBroken('the copy has a voice that nobody made');
  }
  const isPublished = world.published.some(
    ({ upload, manifest }) => upload === result.upload && manifest.key.startsWith(folder),
  );
  if (!isPublished) throw new PromiseBroken('the result of the copy was not published');
}

/** A person asks again, and if they were told that there is no voice, they are heard. */
async function askAgain(play: Play, world: World): Promise<void> {
  const ended = world.result()?.status;
  const calls = world.calls.length;
  await play.untilDone(world.uploadAgain());
  if (ended !== 'succeeded' && world.calls.length === calls && !play.diedDuringCall()) {
    throw new PromiseBroken('a person asked again, and nothing was called');
  }
}

interface OrdersExploration extends Exploration {
  explore: (clone: typeof deliver, limits: Limits) => Promise<ExploredOrders>;
}

/** Every order of two deliveries, of one event and of two. */
export const orders: readonly OrdersExploration[] = [
  ...scripts.map((script): OrdersExploration => ({
    name: `${script.name}: every order of two deliveries of one event`,
    explore: (clone, limits) =>
      everyOrder(clone, script, limits, ({ firstUpload }) => [firstUpload, firstUpload]),
  })),
  ...scripts.map((script): OrdersExploration => ({
    name: `${script.name}: every order of the deliveries of two uploads in a row`,
    explore: (clone, limits) =>
      everyOrder(clone, script, limits, (world) => [world.firstUpload, world.uploadAgain()]),
  })),
  ...endings.map((script): OrdersExploration => ({
    name: `${script.name}: every order of the deliveries of a folder and its copy`,
    explore: (clone, limits) =>
      everyOrder(clone, script, limits, (world) => [world.firstUpload, world.copyFolder()]),
  })),
  ...endings.map((script): OrdersExploration => ({
    name: `${script.name}: every order of two deliveries of one event, with a sample replaced in between`,
    explore: (clone, limits) =>
      everyOrder(clone, script, limits, ({ firstUpload }) => [firstUpload, firstUpload], REPLACED_AT),
  })),
];

/** All explorations: accidents at every effect, and orders. */
export const explorations: readonly Exploration[] = [
  ...tales.flatMap((tale) =>
    tale.scripts.map((script): Exploration => ({
      name: `${script.name}: ${tale.name}`,
      explore: (clone, { accidents }) => everyAccident(clone, script, tale, accidents),
    })),
  ),
  ...orders,
];

/** After how many effects of both deliveries the sample is replaced: one has looked, the other has not. */
const REPLACED_AT = 4;

/** Delivers to the function, with the accidents of a schedule. */
interface Play {
  readonly accidents: Accidents;
  /** Delivers once, whatever the outcome. */
  once(upload: Upload): Promise<void>;
  /** Delivers until it is done, later and later, as a queue does. */
  untilDone(upload: Upload): Promise<void>;
  /** Resumes frozen hosts. */
  thaw(): Promise<void>;
  /** Whether a function ended in an accident when a call could have been under way. */
  diedDuringCall(): boolean;
}

/** @returns the statuses that it may end with if no function died during a call; nothing where any is right */
type Story = (play: Play, world: World, script: Script) => Promise<string[] | void>;

async function everyAccident(
  clone: typeof deliver,
  script: Script,
  tale: Tale,
  most: number,
): Promise<Explored> {
  // Grows during the walk: failures with few accidents are found first.
  const schedules: Accidents[] = [new Map()];
  let same = 0;
  const unknownWithoutVoice = { sent: 0, neverSent: 0 };
  for (const accidents of schedules) {
    const isLast = accidents.size === most;
    const { effects, world } = await tell(clone, script, tale, accidents, isLast);
    countUnknown(world, unknownWithoutVoice);
    if (isLast) continue;
    const deaths = new Set<string>();
    for (const [number, effect] of effects.entries()) {
      if (number <= Math.max(-1, ...accidents.keys())) continue;
      for (const accident of tale.accidents) {
        if (!canHappen(accident, effect.name, accidents)) continue;
        if (isTried(accident, effect, tale, deaths)) same++;
        else schedules.push(new Map([...accidents, [number, accident]]));
      }
    }
  }
  return { schedules: schedules.length + same, same, unknownWithoutVoice };
}

function canHappen(accident: Accident, effect: string, before: Accidents): boolean {
  if (accident === 'dies as another resumes') {
    return [...before.values()].some((each) => each.startsWith('is frozen'));
  }
  if (accident === 'is repeated') return effect.startsWith('PUT');
  // How a call fails is a matter of the script.
  if (accident.startsWith('fails')) return effect !== 'POST';
  // The lease is looked at and the end is sent in one step.
  return accident !== 'is frozen before' || effect !== 'POST';
}

/** Whether an accident leaves the world as one before it does, so that all that follows is the same. */
function isTried(accident: Accident, effect: EffectTold, tale: Tale, deaths: Set<string>): boolean {
  // What fails to read has changed nothing, before or after.
  if (accident === 'fails after') return isRead(effect.name) && tale.accidents.includes('fails before');
  if (accident !== 'dies before' && accident !== 'dies after') return false;
  const death = accident === 'dies before' ? effect.deathBefore : effect.deathAfter;
  const isKnown = deaths.has(death);
  deaths.add(death);
  return isKnown;
}

/** Whether an effect only reads. */
function isRead(name: string): boolean {
  return name.startsWith('GET ') || name.startsWith('LIST ');
}

interface EffectTold {
  name: string;
  /** What a function that dies then leaves behind; two deaths with the same text leave the same world. */
  deathBefore: string;
  deathAfter: string;
}

interface Told {
  /** The effects that took place, in order. */
  effects: EffectTold[];
  world: World;
}

/** @param isLast no schedule with more accidents follows */
async function tell(
  clone: typeof deliver,
  script: Script,
  { story }: Tale,
  accidents: Accidents,
  isLast: boolean,
): Promise<Told> {
  const world = createWorld(clone, script.calls);
  const effects: EffectTold[] = [];
  /** Counts what may have changed the world, and every turn from one run to another. */
  let changes = 0;
  let running: unknown;
  let diedDuringCall = false;
  const frozen: { upload: Upload; goOn: () => void; run: Promise<Progress | undefined> }[] = [];
  const play: Play = {
    accidents,
    async once(upload) {
      await attemptDelivery(upload);
    },
    untilDone: (upload) => untilDone(world, () => attemptDelivery(upload)),
    async thaw() {
      for (const { upload, goOn, run } of frozen.splice(0)) {
        goOn();
        // The message of a function that dies now comes again, too.
        if ((await run)?.kind !== 'done') await play.untilDone(upload);
      }
    },
    diedDuringCall: () => diedDuringCall,
  };

  /** Returns nothing when the function died or froze. */
  async function attemptDelivery(upload: Upload): Promise<Progress | undefined> {
    /** This run no longer counts, though it may go on. */
    const { promise: silence, resolve: fallSilent } = Promise.withResolvers<undefined>();
    const { promise: dead, resolve: die } = Promise.withResolvers<undefined>();
    const { promise: thawed, resolve: goOn } = Promise.withResolvers<void>();
    const own: string[] = [];
    let isDead = false;
    let isFrozen = false;
    const never = new Promise<never>(() => {});
    const mayBeDuringCall = () => {
      // The first write to the ledger claims, the second says that the end may have been sent.
      const writes = own.filter((name) => name.endsWith('ledger.json') && name.startsWith('PUT'));
      const mayHaveSent = writes.length > 1 && world.ledger()?.attempt?.state === 'posting';
      return mayHaveSent || own.at(-1) === 'POST';
    };
    // What the function does between two effects shows only in the time and in metrics.
    const death = () => [changes, world.time, world.metrics.length, mayBeDuringCall()].join();
    const effect: Effect = async (name, doIt) => {
      // Other effects under way stop, too.
      if (isDead) return never;
      if (isFrozen) await thawed;
      own.push(name);
      if (running !== own) changes++;
      running = own;
      const told = { name, deathBefore: isLast ? '' : death(), deathAfter: '' };
      const act = () => {
        try {
          return doIt();
        } finally {
          if (!isRead(name)) changes++;
          if (!isLast) told.deathAfter = death();
        }
      };
      const accident = accidents.get(effects.push(told) - 1);
      switch (accident) {
        case undefined:
          return act();
        case 'follows a replaced sample':
          world.replaceSample();
          changes++;
          return act();
        case 'dies as another resumes':
          isDead = true;
          for (const { goOn: resume, run: other } of frozen) {
            resume();
            await other;
          }
          die(undefined);
          return never;
        case 'dies before':
        case 'dies after':
          if (accident === 'dies after') attempt(act);
          isDead = true;
          die(undefined);
          return never;
        case 'fails before':
          throw anAccident;
        case 'fails after':
          attempt(act);
          throw anAccident;
        case 'is repeated':
          attempt(act);
          return act();
        case 'is frozen before':
        case 'is frozen after': {
          const done = accident === 'is frozen after' ? attempt(act) : undefined;
          isFrozen = true;
          fallSilent(undefined);
          await thawed;
          isFrozen = false;
          return done ? done() : act();
        }
      }
    };
    const run = world
      .deliver(upload, effect)
      .catch((): Progress => ({ kind: 'deferred', reason: 'an error' }));
    const progress = await Promise.race([run, dead, silence]);
    if (!progress && !isDead) frozen.push({ upload, goOn, run: Promise.race([run, dead]) });
    if (progress) return progress;
    if (mayBeDuringCall()) diedDuringCall = true;
    return undefined;
  }

  try {
    const ends = await story(play, world, script);
    await play.thaw();
    judge(world, diedDuringCall || !ends ? undefined : ends);
  } catch (error) {
    const at = [...accidents].map(([number, accident]) => `${accident} ${number} (${effects[number]?.name})`);
    throw broken(error, script, at.join(', then ') || 'no accident');
  }
  return { effects, world };
}

/** Runs it, and returns how it went. */
function attempt<Value>(act: () => Value): () => Value {
  try {
    const value = act();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

async function everyOrder(
  clone: typeof deliver,
  script: Script,
  { mixed, tryAll }: Limits,
  uploadsIn: (world: World) => [Upload, Upload],
  replacedAt?: number,
): Promise<ExploredOrders> {
  let tried = 0;
  let same = 0;
  const unknownWithoutVoice = { sent: 0, neverSent: 0 };
  const untried: number[][] = [[]];
  const ends = new Set<string>();
  let isTimeless = !tryAll;
  for (let choices = untried.pop(); choices; choices = untried.pop()) {
    const world = createWorld(clone, script.calls);
    const uploads = uploadsIn(world);
    world.time += SECONDS;
    const begin = world.time;
    const made = await mix(world, uploads, choices, mixed, isTimeless, replacedAt);
    // Where time passes between effects, their order always matters.
    if (world.time !== begin) isTimeless = false;
    if (!made) {
      same++;
      continue;
    }
    // Every other choice after the given ones is tried, too.
    for (let at = choices.length; at < made.length; at++) {
      if (made[at]?.other === 'new') untried.push([...made.slice(0, at).map(({ choice }) => choice), 1]);
      if (made[at]?.other === 'same') same++;
    }
    try {
      for (const upload of uploads) await untilDone(world, () => world.deliver(upload, unhindered));
      const isCopied = uploads[0].folder !== uploads[1].folder;
      judge(world, replacedAt === undefined && !isCopied ? script.ends : undefined);
    } catch (error) {
      throw broken(error, script, `order ${made.map(({ choice }) => choice).join('')}`);
    }
    tried++;
    ends.add(textOf(world));
    countUnknown(world, unknownWithoutVoice);
  }
  return { schedules: tried + same, same, unknownWithoutVoice, ends };
}

/** All that is left of a world, independent of its random owners. */
function textOf(world: World): string {
  const folders = [...new Set(world.uploads.map(({ folder }) => folder))];
  const owners = new Map<string, number>();
  return JSON.stringify([
    folders.map((folder) => [world.result(folder), world.ledger(folder)]),
    world.calls,
    world.published.map((each) => JSON.stringify(each)).toSorted(),
  ]).replaceAll(UUID, (owner) => {
    if (!owners.has(owner)) owners.set(owner, owners.size);
    return String(owners.get(owner));
  });
}

const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;

/** What the queue allows. */
const MOST_DELIVERIES = maxReceiveCount(900, 900);

async function untilDone(world: World, deliver: () => Promise<Progress | undefined>): Promise<void> {
  for (let deliveries = 0; deliveries < MOST_DELIVERIES; deliveries++) {
    const progress = await deliver();
    if (progress?.kind === 'done') return;
    const seconds = progress
      ? Math.max(progress.seconds ?? 0, secondsUntil(deliveries + 1))
      : visibilityTimeoutSeconds(900);
    world.time += seconds * SECONDS;
  }
  throw new PromiseBroken(`it has not ended after ${MOST_DELIVERIES} deliveries`);
}

/** Later deliveries are further apart than the function asks for, as those of a long queue are: it keeps the walk short. */
function secondsUntil(delivery: number): number {
  return delivery > 4 ? 300 : backoffSeconds(delivery);
}

const unhindered: Effect = (_, act) => new Promise((resolve) => resolve(act()));

/** An effect whose turn has not come. */
interface Waiting {
  name: string;
  goOn: () => void;
}

/**
 * Lets two deliveries do their effects one at a time, in the order that is chosen: 0 for the first that waits.
 *
 * @param commutes effects that do not concern each other lead to the same world in either order
 * @returns the choices made; undefined if another order of such effects, in which the first delivery is earlier, is tried
 *   for this one
 */
async function mix(
  world: World,
  uploads: [Upload, Upload],
  choices: readonly number[],
  mixed: number,
  commutes: boolean,
  replacedAt: number | undefined,
) {
  const made: { choice: number; other: 'none' | 'same' | 'new' }[] = [];
  const runs = uploads.map((upload) => {
    /** A delivery may have several effects under way; they take place in order. */
    const waiting: Waiting[] = [];
    const run = world.deliver(upload, async (name, act) => {
      await new Promise<void>((goOn) => waiting.push({ name, goOn }));
      return act();
    });
    run.catch(() => {});
    return waiting;
  });
  const { time } = world;
  /** The second delivery has gone before what the first waits for, though neither concerns the other. */
  let isPassed = false;
  for (;;) {
    // By then, everything that follows from the last effect has begun.
    await new Promise(setImmediate);
    const ready = runs.filter((waiting) => waiting.length > 0);
    if (ready.length === 0) return made;
    if (made.length === replacedAt) world.replaceSample();
    if (made.length === replacedAt || made.length >= mixed || world.time !== time) isPassed = false;
    if (isPassed && ready.length === 1) return undefined;
    const hasOther = ready.length > 1 && made.length < mixed;
    const choice: number = isPassed ? 1 : hasOther ? (choices[made.length] ?? 0) : 0;
    made.push({ choice, other: !hasOther ? 'none' : isPassed ? 'same' : 'new' });
    const [first, second] = ready.map(([head]) => head?.name ?? '');
    isPassed = choice === 1 && commutes && !concern(first, second);
    ready[choice]?.shift()?.goOn();
  }
}

/** Whether the order of two effects can matter. */
function concern(one = '', other = ''): boolean {
  if (isRead(one) && isRead(other)) return false;
  if (one.startsWith('LIST ') || other.startsWith('LIST ')) return true;
  return one.replace(/^\w+ /, '') === other.replace(/^\w+ /, '');
}

/** @param ends the statuses that are right; undefined for any that does not contradict what was called */
function judge(world: World, ends: string[] | undefined): void {
  if (world.callsTooMany > 0) throw new PromiseBroken('it was called again although there may be a voice');
  const result = world.result();
  if (!result || !isFinal(result)) throw new PromiseBroken(`the result is ${result?.status ?? 'missing'}`);
  const size = result.samples?.[0]?.size;
  const isOfResult = (call: MadeCall) =>
    call.size === size &&
    (call.upload.folder === world.firstUpload.folder
      ? call.upload.sequencer >= lastAsked(world, size)
      : result.clonedFrom !== undefined);
  const own = world.calls.filter(isOfResult);
  const possible = mayHaveVoice(own) ? ['succeeded', 'unknown'] : ['failed', 'unknown'];
  if (!possible.includes(result.status)) {
    throw new PromiseBroken(`the result is ${result.status} and not ${possible.join(' or ')}`);
  }
  if (ends && !ends.includes(result.status)) {
    throw new PromiseBroken(`the result is ${result.status} and not ${ends.join(' or ')}`);
  }
  const others = world.calls.filter(
    (call) => call.upload.folder === world.firstUpload.folder && !isOfResult(call),
  );
  if (mayHaveVoice(others) && !result.earlier?.length) {
    throw new PromiseBroken('the result hides an earlier drop that may have made a voice');
  }
  judgePublished(world, result);
}

/** `result.json` was published, and so was every drop that may have made a voice, if only as an earlier one. */
function judgePublished(world: World, result: FinalResult): void {
  const { published } = world;
  const { upload, finishedAt } = result;
  if (
    'published' in result ||
    !published.some((each) => each.upload === upload && each.finishedAt === finishedAt)
  ) {
    throw new PromiseBroken('the result was not published');
  }
  const named = published.flatMap((each) => [each, ...(each.earlier ?? [])]);
  for (const { drop, ending } of world.ledger()?.ended ?? []) {
    if (ending.status === 'failed') continue;
    if (named.some((each) => each.upload === drop.upload && each.status !== 'failed')) continue;
    throw new PromiseBroken('a drop that may have made a voice was not published');
  }
}

/** The last upload with which a person asked for these samples again. */
function lastAsked({ uploads }: World, size: number | undefined): string {
  return uploads.findLast(({ told }) => isTold(told, size))?.sequencer ?? '';
}

function mayHaveVoice(calls: readonly MadeCall[]): boolean {
  return calls.some(({ mayHaveMadeVoice }) => mayHaveMadeVoice);
}

function countUnknown(world: World, counts: Explored['unknownWithoutVoice']): void {
  const result = world.result();
  if (result?.status !== 'unknown' || mayHaveVoice(world.calls)) return;
  // Only the last attempt counts: earlier ones were asked for again, or never complete.
  const wasSent = world.calls.some((call) => !call.isEarly && call.upload.sequencer === result.upload);
  counts[wasSent ? 'sent' : 'neverSent']++;
}

function broken(error: unknown, script: Script, schedule: string): unknown {
  return error instanceof PromiseBroken
    ? new PromiseBroken(`${script.name}, ${schedule}: ${error.message}`)
    : error;
}
