import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, S3Event, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Dice } from './dice.ts';
import { type Folder, note } from './folders.ts';

/** What deliveries connect: the queue, the folders and the function. */
export interface DeliveriesOptions {
  sqs: SQSClient;
  queueUrl: string;
  dice: Dice;
  folderOf: (key: string) => Folder | undefined;
  invoke: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | void>;
}

/** The events of a run, from the queue to the function. */
export interface Deliveries {
  /** The handler of the event source mapping, which invokes the function. */
  handler: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | void>;
  /** Delivers the folder's first event again, within ten seconds. */
  repeatFirst(folder: Folder): Promise<void>;
  /** Sends a message that is not an S3 event. */
  sendUnreadable(body: string): Promise<void>;
  /** Whether messages about the folder are still to be handled: others than those of which the last delivery succeeded. */
  isOpen(folder: Folder): boolean;
  /** The sequencers of the folder's uploads whose events have arrived. */
  sequencersOf(folder: Folder): readonly string[];
  /** How many events the function got, including repeats. */
  delivered: () => number;
  /** How often each disorder happened. */
  readonly happened: ReadonlyMap<string, number>;
}

type S3Record = S3Event['Records'][number];

/** Delivers events as S3 and SQS may: late, twice, out of order and in batches. */
export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { sqs, queueUrl, dice, folderOf, invoke } = options;
  const happened = new Map<string, number>();
  const records = new Map<Folder, S3Record[]>();
  const recent: S3Record[] = [];
  /** The folders of each message whose last delivery did not succeed. */
  const open = new Map<string, (Folder | undefined)[]>();
  let delivered = 0;

  async function send(body: string, delaySeconds: number): Promise<void> {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        DelaySeconds: Math.round(delaySeconds),
        MessageAttributes: { [DISORDERED]: { DataType: 'String', StringValue: 'yes' } },
      }),
    );
  }

  function happens(what: string, folder?: Folder): void {
    happened.set(what, (happened.get(what) ?? 0) + 1);
    if (folder) note(folder, `event ${what}`);
  }

  /** Returns whether the message itself must still be delivered now. */
  async function disorder(folder: Folder, record: S3Record): Promise<boolean> {
    const upload = folder.uploads.length;
    const decide = (what: string) => dice('event', what, folder.id, upload);
    const batch = (...batched: S3Record[]) => JSON.stringify({ Records: batched });
    if (decide('copies') < 0.12) {
      happens('copied', folder);
      for (let copy = 0; copy < 1 + decide('how many') * 3; copy++)
        await send(batch(record), dice('copy', folder.id, upload, copy) * 20);
    }
    if (decide('twice') < 0.04) {
      happens('twice in one message', folder);
      await send(batch(record, record), decide('twice, when') * 10);
    }
    if (decide('together') < 0.05) {
      happens('together with others', folder);
      const others = recent.slice(-1 - Math.floor(decide('others') * 3));
      await send(batch(record, ...others), decide('together, when') * 10);
    }
    recent.push(record);
    if (decide('late') >= 0.08) return true;
    happens('late', folder);
    await send(batch(record), 1 + decide('how late') * 14);
    return false;
  }

  return {
    happened,
    delivered: () => delivered,
    async handler(event, context) {
      const [message] = event.Records;
      for (const record of recordsIn(message)) {
        const folder = folderOf(record.s3.object.key);
        if (!folder) continue;
        note(folder, `delivered, receive ${message?.attributes.ApproximateReceiveCount}`);
        const known = records.get(folder) ?? [];
        records.set(folder, known);
        if (known.some(({ s3 }) => s3.object.sequencer === record.s3.object.sequencer)) continue;
        known.push(record);
        if (message?.messageAttributes[DISORDERED]) continue;
        if (!(await disorder(folder, record))) return undefined;
      }
      delivered += recordsIn(message).length;
      const id = message?.messageId ?? '';
      open.set(
        id,
        recordsIn(message).map(({ s3 }) => folderOf(s3.object.key)),
      );
      const response = await invoke(event, context);
      if (!response?.batchItemFailures?.length) open.delete(id);
      return response;
    },
    isOpen: (folder) =>
      (records.get(folder) ?? []).length < folder.uploads.length ||
      [...open.values()].some((folders) => folders.includes(folder)),
    async repeatFirst(folder) {
      const [first] = records.get(folder) ?? [];
      if (!first) return;
      happens('repeated after the end', folder);
      await send(JSON.stringify({ Records: [first] }), dice('repeat', folder.id) * 10);
    },
    async sendUnreadable(body) {
      happens('unreadable');
      await send(body, 0);
    },
    sequencersOf: (folder) => (records.get(folder) ?? []).map(({ s3 }) => s3.object.sequencer),
  };
}

/** The attribute of messages that S3 did not send. */
const DISORDERED = 'disordered';

/** All kinds of disorder. */
export const disorders = [
  { name: 'copied' },
  { name: 'twice in one message' },
  { name: 'together with others' },
  { name: 'late' },
  { name: 'repeated after the end' },
  { name: 'unreadable' },
];

function recordsIn(message: SQSRecord | undefined): S3Record[] {
  try {
    const { Records } = JSON.parse(message?.body ?? '') as Partial<S3Event>;
    return Array.isArray(Records) ? Records : [];
  } catch {
    return [];
  }
}
