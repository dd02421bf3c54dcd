#!/usr/bin/env bash
# Powertools' idempotency keeps what a function returned, and deletes its record if the function threw: a clone whose answer was lost is made again
# with the next delivery. If its JMESPath finds no key, it runs the function each time, and says so only in a warning of the process.
# version: @aws-lambda-powertools/idempotency 2.35.0
# our code: voice-folder/ledger.ts keeps an attempt with an unknown outcome, and nothing sends it again until somebody has seen that
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/idempotency@2.35.0 @aws-lambda-powertools/jmespath@2.35.0 \
  @aws-lambda-powertools/commons@2.35.0

cat > clone.mjs <<'END'
import { IdempotencyConfig, IdempotencyItemAlreadyExistsError, IdempotencyItemNotFoundError, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';

/** DynamoDB's part, in memory. */
class Memory extends BasePersistenceLayer {
  #records = new Map();
  async _putRecord(record) {
    const known = this.#records.get(record.idempotencyKey);
    if (known && !known.isExpired()) throw new IdempotencyItemAlreadyExistsError('known', known);
    this.#records.set(record.idempotencyKey, record);
  }
  async _getRecord(key) {
    const record = this.#records.get(key);
    if (!record) throw new IdempotencyItemNotFoundError('unknown');
    return record;
  }
  async _updateRecord(record) {
    this.#records.set(record.idempotencyKey, record);
  }
  async _deleteRecord({ idempotencyKey }) {
    this.#records.delete(idempotencyKey);
  }
}
const drop = { bucket: 'voices', key: 'alice/manifest.json' };
async function deliverTwice(what, options, conclude) {
  let calls = 0;
  const call = async () => {
    calls += 1; // Here, the paid request is sent.
    return conclude();
  };
  const clone = makeIdempotent(call, { persistenceStore: new Memory(), config: new IdempotencyConfig(options) });
  for (const _ of ['first', 'second']) await clone(drop, {}).catch(() => {});
  console.log(`${what}: ${calls} call${calls > 1 ? 's' : ''}`);
}
await deliverTwice('returns', { eventKeyJmesPath: 'key' }, () => ({ id: 'voice' }));
await deliverTwice('throws', { eventKeyJmesPath: 'key' }, () => {
  throw new Error('The connection closed after the end of the request.');
});
await deliverTwice('returns, key not found', { eventKeyJmesPath: 'manifest.etag' }, () => ({ id: 'voice' }));
END
node clone.mjs 2>/dev/null | tee seen
diff seen - <<'END'
returns: 1 call
throws: 2 calls
returns, key not found: 2 calls
END
