import type { S3Client } from '@aws-sdk/client-s3';
import { emptyLedger, type Ledger, ledgerSchema } from '../ledger.ts';
import type { ObjectName } from '../names.ts';
import { getObject, putJsonIf, type Stored } from './s3-json.ts';

/** A ledger as it was read or written, with its ETag; undefined if the object does not exist yet. */
export interface StoredLedger {
  ledger: Ledger;
  etag: string | undefined;
}

/** @throws {Error} if the object is not a ledger: what was sent is unknown, so a person has to check. */
export async function readLedger(s3: S3Client, name: ObjectName): Promise<StoredLedger> {
  // A ledger is limited to a fifth of `getObject`'s default limit.
  return parseStored(name, await getObject(s3, name));
}

/** Writes a ledger if it has not changed since it was read. Returns what is stored now. */
export async function writeLedger(
  s3: S3Client,
  name: ObjectName,
  ledger: Ledger,
  { etag }: StoredLedger,
): Promise<{ written: boolean; stored: StoredLedger }> {
  const write = await putJsonIf(s3, name, ledger, etag === undefined ? undefined : { etag }, { indent: 0 });
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
    const ledger = ledgerSchema.parse(JSON.parse(new TextDecoder().decode(stored.body)));
    return { ledger, etag: stored.etag };
  } catch (cause) {
    throw new Error(`${key} is not a ledger that this function wrote`, { cause });
  }
}
