import { expect, it } from 'vitest';
import type { cloneFolder } from '../../../functions/clone-voice/clone-folder.ts';
import { report } from '../../support/captured-logs.ts';
import { explorations, PromiseBroken } from './explorer.ts';
import { makeMistake, type Mistake } from './mutant.ts';

/*
 * Mistakes that somebody could make in the state machine: the walk through the crash points has to find each of them, or
 * it proves nothing.
 */
const mistakes: Record<string, Mistake> = {
  'the write-ahead is skipped': {
    file: 'clone-folder.ts',
    replace: 'const written = await putJsonIf(s3, claimName, posting, taken);',
    by: 'const written = { written: true, etag: taken.etag };',
  },
  'it is tried again after an unknown outcome': {
    file: 'claim.ts',
    replace: 'return conclude(claim, delivery, unknown(outcome));',
    by: 'return release(claim, delivery.now);',
  },
  'the claim is deleted on an error': {
    file: 'clone-folder.ts',
    replace: 'const noted = await untilDeadline(invocation, () => putJsonIf(s3, claimName, next, written));',
    by: `const noted = await putJsonIf(s3, claimName, next, written).catch(async (error) => {
      const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
      await s3.send(new DeleteObjectCommand({ Bucket: claimName.bucket, Key: claimName.key }));
      throw error;
    });`,
  },
  'the lease is compared the wrong way round': {
    file: 'claim.ts',
    replace: 'now.getTime() < Date.parse(claim.leaseUntil)',
    by: 'now.getTime() > Date.parse(claim.leaseUntil)',
  },
  'the lease is never looked at': {
    file: 'claim.ts',
    replace: 'return now.getTime() < Date.parse(claim.leaseUntil);',
    by: 'return false;',
  },
  'a call whose function died counts as never made': {
    file: 'claim.ts',
    replace: `return {
        kind: 'conclude',
        claim: conclude(claim, delivery, { status: 'unknown', error: errorOf(ownerDied) }),
      };`,
    by: "return { kind: 'claim', claim: claimFor(delivery) };",
  },
  'claims are written without a condition': {
    file: 's3-json.ts',
    replace: "...(was ? { IfMatch: was.etag } : { IfNoneMatch: '*' }),",
    by: '',
  },
  'the function takes its own repeated write for that of another': {
    file: 's3-json.ts',
    replace: 'Buffer.from(found.body).equals(Buffer.from(body))',
    by: 'false',
  },
  'a voice that was made is made again for a newer upload': {
    file: 'claim.ts',
    replace: "case 'succeeded':\n      return report(claim, delivery);",
    by: "case 'succeeded':",
  },
  'every newer event counts as a wish to try again': {
    file: 'claim.ts',
    replace: ' && uploadedAt.getTime() > Date.parse(claim.result.finishedAt)',
    by: '',
  },
  'asking again changes nothing': {
    file: 'claim.ts',
    replace: 'return isUploadedAfter(claim, delivery)',
    by: 'return false',
  },
  'a lost result is not written again': {
    file: 'clone-folder.ts',
    replace: 'await report(decision.result);',
    by: '',
  },
  'the outcome is reported before it is noted, and not noted at all': {
    file: 'clone-folder.ts',
    replace: 'const noted = await untilDeadline(invocation, () => putJsonIf(s3, claimName, next, written));',
    by: 'const noted = { written: true };',
  },
  'a connection that was closed is tried for ever': {
    file: 'claim.ts',
    replace: 'const MAX_CLOSED_CONNECTIONS = 3;',
    by: 'const MAX_CLOSED_CONNECTIONS = Infinity;',
  },
  'the claims of other samples are not looked at': {
    file: 'clone-folder.ts',
    replace: 'if (stored.claim.upload !== upload.upload) continue;',
    by: 'continue;',
  },
  'a deferred message is taken as done': {
    file: 'clone-folder.ts',
    replace: "return { kind: 'deferred', reason: 'another delivery is at work on it' };",
    by: "return { kind: 'done' };",
  },
};

it.each(Object.entries(mistakes))('is noticed: %s', async (name, mistake) => {
  const { found, schedules } = await firstViolation(await makeMistake(name, mistake));
  report(`after ${String(schedules).padStart(6)} schedules: ${name}: ${found}`);
  expect(found).toBeDefined();
});

async function firstViolation(clone: typeof cloneFolder) {
  let schedules = 0;
  // What one accident shows need not wait for the many walks with two.
  for (const accidents of [1, 2]) {
    for (const { explore } of explorations) {
      try {
        schedules += await explore(clone, accidents);
      } catch (error) {
        if (!(error instanceof PromiseBroken)) throw error;
        return { schedules, found: error.message };
      }
    }
  }
  return { schedules, found: undefined };
}
