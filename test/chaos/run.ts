import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { ledgerOf } from '../../voice-folder/names.ts';
import { normalSequencer } from '../../voice-folder/upload.ts';
import { API_KEY } from '../support/api-key.ts';
import { happenedAmong } from './api-behaviors.ts';
import { createDice, type Dice } from './dice.ts';
import { type Folder, note, planCopy, planFolder, planTemplate, type Upload } from './folders.ts';
import type { Remains } from './judge.ts';
import { type Numbers, recordNumbers } from './record-numbers.ts';
import { MILLISECONDS_OF_A_LEASE, startWorld, type World } from './world.ts';

/** How large a run is, and who hears of it. */
export interface RunOptions {
  folders: number;
  seed: number;
  onProgress: (line: string) => void;
  /** Receives the metrics that CloudWatch would have. @default - not recorded */
  onNumbers?: (numbers: Numbers) => void;
}

/** Everything that is known once nothing more happens. */
export interface Aftermath {
  seconds: number;
  folders: { folder: Folder; remains: Remains }[];
  /** How often each kind of trouble happened. */
  s3Faults: ReadonlyMap<string, number>;
  apiBehaviors: ReadonlyMap<string, number>;
  disorders: ReadonlyMap<string, number>;
  processes: Record<string, number>;
  uploads: Record<string, number>;
  deadLetters: number;
  /** Problems that belong to no single folder. */
  problems: string[];
  logFile: string;
}

/** Messages that are not S3 events, which must end in the dead-letter queue. */
const UNREADABLE = ['not even JSON', '{"Records":"none"}'];

/** Drops the folders, makes everything go wrong, and waits until nothing more happens. */
export async function run({ folders: count, seed, onProgress, onNumbers }: RunOptions): Promise<Aftermath> {
  const begin = Date.now();
  const seconds = () => (Date.now() - begin) / 1000;
  const dice = createDice(seed);
  const folders = Array.from({ length: count }, (_, index) => planFolder(index, dice));
  const world = await startWorld(folders, dice);
  const recording = onNumbers && recordNumbers(world);
  /** People about to act on a result. */
  const asking = new Set<Promise<void>>();
  const isDropped = new AbortController();
  const dropping = dropAll(folders, world).finally(() => isDropped.abort());
  const killing = killAtRandom(world, dice, isDropped.signal);
  let last = { progress: '', seconds: 0 };
  try {
    for (const body of UNREADABLE) await world.deliveries.sendUnreadable(body);
    for (;;) {
      await sleep(500);
      await reactToNews(world, dice, asking);
      const { visible, hidden } = await lookAtQueue(world);
      const all = world.folders();
      const dropped = all.filter(({ uploads }) => uploads.length > 0).length;
      const ended = all.filter(({ hasEnded }) => hasEnded).length;
      onProgress(
        `${Math.round(seconds())} s: ${dropped} folders dropped, ${ended} ended; ` +
          `${visible} messages waiting, ${hidden} deferred or in flight`,
      );
      if (isDropped.signal.aborted && visible + hidden + world.withNews.size + asking.size === 0) break;
      const { invocations, ended: returned } = world.pool.counts;
      const progress = [dropped, ended, invocations, returned].join();
      if (progress !== last.progress) last = { progress, seconds: seconds() };
      if (seconds() > last.seconds + STUCK_SECONDS) {
        world.problems.add(
          `Nothing happened for ${STUCK_SECONDS} seconds, although ${visible + hidden} messages are in the queue`,
        );
        break;
      }
    }
    await Promise.all([dropping, killing]);
    if (recording) onNumbers(await recording.end());
    return { ...(await collect(world)), seconds: seconds() };
  } finally {
    await world.close();
  }
}

/**
 * Longer than a message is hidden, a host is frozen or a person pauses. There is no limit for the whole run: a busy machine
 * takes longer, and each message ends in the dead-letter queue sooner or later.
 */
const STUCK_SECONDS = 300;

/** How many messages may wait for a Lambda before people drop more. */
const BACKLOG = 12;

async function dropAll(folders: readonly Folder[], world: World): Promise<void> {
  const drops: Promise<void>[] = [];
  for (const folder of folders) {
    while ((await lookAtQueue(world)).visible > BACKLOG) await sleep(100);
    drops.push(world.people.drop(folder));
    await sleep(30);
  }
  await Promise.all(drops);
}

/** Kills or freezes a random host about every three seconds. */
async function killAtRandom({ pool, folderOf }: World, dice: Dice, over: AbortSignal): Promise<void> {
  for (let time = 1; !over.aborted; time++) {
    await sleep(1_500 + 3_000 * dice('kill after', time));
    const busy = pool.busy();
    const victim = busy[Math.floor(dice('kill whom', time) * busy.length)];
    if (!victim) continue;
    const isFrozen = dice('freeze instead', time) < 0.2;
    for (const [prefix] of JSON.stringify(victim.event).matchAll(/chaos\/\d+\//g)) {
      const folder = folderOf(prefix);
      if (folder) note(folder, isFrozen ? 'frozen for longer than its lease' : 'killed at random');
    }
    if (isFrozen) victim.freeze(MILLISECONDS_OF_A_LEASE + 5_000);
    else victim.kill();
  }
}

/** For this long, a `result.json` that is being written may still be the previous one. */
const MILLISECONDS_TO_WRITE = 3_000;
/** An upload within two seconds of the result is no answer to it, by S3's whole seconds. */
const SECOND_THOUGHT = 3_100;
/** How often a person asks again, at most. */
const MOST_AGAIN = 1;

/** Makes people look at results and act on some of them. */
async function reactToNews(
  { withNews, aws, s3, people, deliveries, add }: World,
  dice: Dice,
  asking: Set<Promise<void>>,
): Promise<void> {
  const soon = (action: () => Promise<void>) => {
    const done = sleep(SECOND_THOUGHT).then(action);
    asking.add(done);
    void done.finally(() => asking.delete(done));
  };
  for (const [folder, since] of withNews) {
    const text = await read(s3, aws.bucket, `${folder.prefix}result.json`);
    const { status, upload } = JSON.parse(text ?? '{}') as { status?: string; upload?: string };
    const seen = deliveries.sequencersOf(folder);
    const isLast =
      seen.length === folder.uploads.length && normalSequencer(seen.toSorted().at(-1) ?? '') === upload;
    const hasEnded = isLast && status !== 'waiting' && status !== 'cloning';
    if (!hasEnded && Date.now() < since + MILLISECONDS_TO_WRITE) continue;
    withNews.delete(folder);
    if (!hasEnded || folder.hasEnded) continue;
    folder.hasEnded = true;
    note(folder, `result: ${status}`);
    if (folder.copyOf) continue;
    const decide = (what: string) => dice(what, folder.id, folder.uploads.length);
    const times = (why: Upload['why']) => folder.uploads.filter((each) => each.why === why).length;
    if (status !== 'succeeded' && times('again') < MOST_AGAIN && decide('again') < 0.5) {
      const mayComeLate = decide('first event after again') < 0.3;
      soon(async () => {
        await people.uploadAgain(folder, 'again');
        if (mayComeLate) await deliveries.repeatFirst(folder);
      });
    } else if (
      status === 'succeeded' &&
      times('after-success') === 0 &&
      hasSameSamples(folder) &&
      decide('after success') < 0.15
    ) {
      soon(() => people.uploadAgain(folder, 'after-success'));
    } else if (
      status === 'succeeded' &&
      times('after-sync') === 0 &&
      hasSameSamples(folder) &&
      decide('sync') < 0.1
    ) {
      soon(() => people.sync(folder));
    } else if (status !== 'failed' && hasSameSamples(folder) && !folder.isCopied && decide('copy') < 0.3) {
      const how = decide('how to copy');
      const copy = how < 0.7 ? planCopy(folder) : planTemplate(folder);
      folder.isCopied = true;
      add(copy);
      soon(() => (copy.copyOf ? people.copy(folder, copy, how < 0.35) : people.useAsTemplate(folder, copy)));
    } else if (decide('first event after the end') < 0.15) await deliveries.repeatFirst(folder);
  }
}

/** Whether the folder certainly holds the samples that were cloned. With others, it would be another drop. */
function hasSameSamples({ story, manifest, arrival }: Folder): boolean {
  const isReplaced = story === 'replaced-while-read' || story === 'replaced-while-cloned';
  return !isReplaced && (manifest.files !== undefined || arrival === 'manifest-last');
}

async function lookAtQueue({ sqs, aws }: World): Promise<{ visible: number; hidden: number }> {
  const [waiting, hidden, delayed] = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
  ] as const;
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: aws.queueUrl, AttributeNames: [waiting, hidden, delayed] }),
  );
  return {
    visible: Number(Attributes[waiting]),
    hidden: Number(Attributes[hidden]) + Number(Attributes[delayed]),
  };
}

async function collect(world: World): Promise<Omit<Aftermath, 'seconds'>> {
  const { aws, s3, pool, deliveries, faults, problems, logFile } = world;
  const folders = world.folders();
  const letters = await deadLetters(world);
  const published = (await world.results.received()).map(({ Message }) => Message);
  for (const body of UNREADABLE) {
    if (!letters.includes(body)) problems.add(`The message ${body} is not in the dead-letter queue`);
  }
  const deadLettersAbout = ({ prefix }: Folder) => letters.filter((body) => body.includes(prefix)).length;
  const remains: Aftermath['folders'] = [];
  for (const folder of folders) {
    const name = ledgerOf(
      { stateBucket: aws.stateBucket, prefix: '' },
      { bucket: aws.bucket, key: `${folder.prefix}manifest.json` },
    );
    const ledger = await read(s3, name.bucket, name.key);
    const result = await read(s3, aws.bucket, `${folder.prefix}result.json`);
    if ([ledger, result].some((text) => text?.includes(API_KEY)))
      problems.add(`The API key is in an object in ${folder.prefix}`);
    remains.push({
      folder,
      remains: {
        result,
        ledger,
        published: published.filter((text) => text.includes(`"key":"${folder.prefix}manifest.json"`)),
        deadLetters: deadLettersAbout(folder),
        uploads: deliveries.sequencersOf(folder),
        isFinished: deadLettersAbout(folder) > 0 || !deliveries.isOpen(folder),
      },
    });
  }
  const uploads = folders.flatMap((folder) => folder.uploads);
  const times = (why: Upload['why']) => uploads.filter((upload) => upload.why === why).length;
  return {
    folders: remains,
    s3Faults: faults.happened,
    apiBehaviors: happenedAmong(folders.flatMap(({ calls }) => calls)),
    disorders: deliveries.happened,
    processes: {
      'events delivered': deliveries.delivered(),
      invocations: pool.counts.invocations,
      'invocations that returned': pool.counts.ended,
      'processes killed at their time limit': pool.counts.timedOut,
      'processes killed earlier': pool.counts.killed,
      'processes frozen for longer than their lease': pool.counts.frozen,
    },
    uploads: {
      'dropped a folder': times('drop'),
      'uploaded the manifest again too soon': times('impatient'),
      'asked again after a failed or unknown result': times('again'),
      'uploaded it again after a success': times('after-success'),
      'synced, which deleted the result, and dropped it again': times('after-sync'),
      'copied a folder': folders.filter(({ copyOf }) => copyOf?.isMoved === false).length,
      'renamed a folder': folders.filter(({ isMoved }) => isMoved).length,
      'copied a folder as a template, and edited the manifest': times('edit'),
    },
    deadLetters: letters.length,
    problems: [...problems],
    logFile,
  };
}

async function deadLetters({ sqs, aws }: World): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: aws.deadLetterQueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = '' }) => Body));
  }
}

async function read(s3: S3Client, bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await Body?.transformToString();
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw error;
  }
}
