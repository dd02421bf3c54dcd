import type { S3Client } from '@aws-sdk/client-s3';
import { emptyLedger, type Ledger } from '../ledger-schema.ts';
import { decodeLedger, encodeLedger, MAX_LEDGER_BYTES } from '../ledger-format.ts';
import type { ObjectName } from '../names.ts';
import { isFinalAnswer } from './refusal.ts';
import { putTextIf } from './put-text-if.ts';
import { getObject, type Stored } from './stored-object.ts';

/** A full one still grows by how each refused drop ended. */
const MAX_BYTES = 4 * MAX_LEDGER_BYTES;

/** A ledger as it was read or written, with its ETag; undefined if the object does not exist yet. */
export interface StoredLedger {
  ledger: Ledger;
  etag: string | undefined;
}

/** There is no ledger to read or write until a person changes something: S3 refuses it, and its error is the cause. */
export class LedgerRefused extends Error {
  override readonly name = 'LedgerRefused';
  /** Instead, the object is not a ledger, so nobody can know what was sent. */
  readonly isDamaged: boolean;

  constructor(message: string, { cause, isDamaged = false }: { cause: unknown; isDamaged?: boolean }) {
    super(message, { cause });
    this.isDamaged = isDamaged;
  }
}

/**
 * Reads a ledger; an empty one if there is none yet.
 *
 * @throws {LedgerRefused} also S3's other errors
 */
export async function readLedger(s3: S3Client, name: ObjectName): Promise<StoredLedger> {
  return parseStored(name, await unlessFinal(getObject(s3, name, MAX_BYTES)));
}

function unlessFinal<Value>(request: Promise<Value>): Promise<Value> {
  return request.catch((cause: unknown) => {
    throw isFinalAnswer(cause) ? new LedgerRefused('S3 refuses the ledger', { cause }) : cause;
  });
}

/**
 * Writes a ledger if it has not changed since it was read. Returns what is stored now.
 *
 * @param text the ledger as it is stored
 * @throws as {@link readLedger}
 */
export async function writeLedger(
  s3: S3Client,
  name: ObjectName,
  ledger: Ledger,
  { etag }: StoredLedger,
  text = encodeLedger(ledger).text,
): Promise<{ written: boolean; stored: StoredLedger }> {
  const was = etag === undefined ? undefined : { etag };
  const write = await unlessFinal(putTextIf(s3, name, text, { was, maxBytes: MAX_BYTES }));
  return write.written
    ? { written: true, stored: { ledger, etag: write.etag } }
    : { written: false, stored: parseStored(name, write.found) };
}

/**
 * Updates a ledger, retrying until no concurrent write interferes.
 *
 * @param change returns undefined to abort, or the same ledger if no write is needed
 * @returns undefined if `change` aborted
 */
export async function updateLedger(
  s3: S3Client,
  name: ObjectName,
  known: StoredLedger,
  change: (ledger: Ledger) => Ledger | undefined,
): Promise<StoredLedger | undefined> {
  let stored = known;
  for (;;) {
    const changed = change(stored.ledger);
    if (!changed || changed === stored.ledger) return changed && stored;
    const write = await writeLedger(s3, name, changed, stored);
    if (write.written) return write.stored;
    ({ stored } = write);
  }
}

function parseStored({ key }: ObjectName, stored: Stored | undefined): StoredLedger {
  if (!stored) return { ledger: emptyLedger, etag: undefined };
  try {
    return { ledger: decodeLedger(stored.body), etag: stored.etag };
  } catch (cause) {
    throw new LedgerRefused(`${key} is not a ledger that this function wrote`, { cause, isDamaged: true });
  }
}
