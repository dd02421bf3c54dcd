#!/usr/bin/env bash
# Powertools' `processPartialResponse` returns a batch item failure only if another record of the batch succeeded: with a batch size of 1, each message
# that is merely put off throws, which counts as a failed invocation, sounds alarms on errors, and makes Lambda poll the queue less.
# version: @aws-lambda-powertools/batch 2.35.0
# our code: functions/clone-voice/handler.ts returns the failures itself, so that waiting for samples is no error
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/batch@2.35.0 @aws-lambda-powertools/commons@2.35.0

cat > handle.mjs <<'END'
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';

const message = (messageId) => ({
  messageId, body: '{}', receiptHandle: 'handle', attributes: {}, messageAttributes: {}, md5OfBody: '',
  eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:uploads', awsRegion: 'eu-west-1',
});
const handle = async ({ messageId }) => {
  if (messageId === 'incomplete') throw new Error('Samples are missing; come back later.');
};
for (const ids of [['incomplete'], ['incomplete', 'complete']]) {
  const answer = processPartialResponse({ Records: ids.map(message) }, handle, new BatchProcessor(EventType.SQS));
  console.log(`batch of ${ids.length}: ${await answer.then(JSON.stringify, ({ name }) => `throws ${name}`)}`);
}
END
node handle.mjs | tee seen
diff seen - <<'END'
batch of 1: throws FullBatchFailureError
batch of 2: {"batchItemFailures":[{"itemIdentifier":"incomplete"}]}
END
