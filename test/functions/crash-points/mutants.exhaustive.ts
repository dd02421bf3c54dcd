import { expect, it } from 'vitest';
import type { deliver } from '../../../functions/clone-voice/deliver.ts';
import { report } from '../../support/captured-logs.ts';
import { EXHAUSTIVE, explorations, PromiseBroken, SHALLOW } from './explorer.ts';
import { makeMistake, type Mistake } from './mutant.ts';

/*
 * Plausible mistakes in the state machine. The walk through the crash points must find each of them; otherwise it
 * proves nothing.
 */
const mistakes: Record<string, Mistake> = {
  'the end of the body does not wait for the ledger': {
    file: 'attempt.ts',
    replace: 'mayEnd: async () => (await claimed).post(),',
    by: 'mayEnd: () => Promise.resolve(),',
  },
  'the body begins before the claim is taken, and ends even if the claim is lost': {
    file: 'attempt.ts',
    replace: 'mayBegin: claimed,\n        mayEnd: async () => (await claimed).post(),',
    by: 'mayEnd: () => Promise.resolve(),',
  },
  'a frozen host sends the end of the body when it resumes': {
    file: 'claim.ts',
    replace: 'if (clock.now() >= new Date(attempt.leaseUntil)) throw new Overtaken();',
    by: '',
  },
  'an attempt that another owner has taken over is recorded as posting': {
    file: 'ledger.ts',
    replace:
      "return attempt?.owner === owner ? { ...ledger, attempt: { ...attempt, state: 'posting' } } : undefined;",
    by: "return { ...ledger, attempt: { ...(attempt as Attempt), owner, state: 'posting' } };",
  },
  'an unknown outcome is retried': {
    file: 'ledger.ts',
    replace: "case 'unknown':\n      return unknown(outcome);",
    by: "case 'unknown':\n      return undefined;",
  },
  'the ledger is deleted on an error': {
    file: 'attempt.ts',
    replace: `const ledger = await untilDeadline(invocation, () =>
    claim.end(outcome, clock.now(), config.completeWithinSeconds),
  );`,
    by: `const ledger = await claim.end(outcome, clock.now(), config.completeWithinSeconds).catch(async (error) => {
      const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
      await invocation.s3.send(new DeleteObjectCommand({ Bucket: ledgerName.bucket, Key: ledgerName.key }));
      throw error;
    });`,
  },
  'the lease is compared the wrong way round': {
    file: 'ledger.ts',
    replace: 'return now.getTime() < Date.parse(leaseUntil);',
    by: 'return now.getTime() > Date.parse(leaseUntil);',
  },
  'a call whose function died counts as never made': {
    file: 'ledger.ts',
    replace: "if (attempt.state === 'posting') {",
    by: "if (attempt.state === 'claimed' && attempt.number > 1000) {",
  },
  'ledgers are written without a condition': {
    file: 's3-json.ts',
    replace: "...(was ? { IfMatch: was.etag } : { IfNoneMatch: '*' }),",
    by: '',
  },
  'a newer upload makes the same voice again': {
    file: 'ledger.ts',
    replace:
      "if (before.status === 'succeeded' || !shown?.result || !('finishedAt' in shown.result)) return false;",
    by: "if (before.status === 'succeeded') return true;\n  if (!shown?.result || !('finishedAt' in shown.result)) return false;",
  },
  'every newer event counts as a request to try again': {
    file: 'ledger.ts',
    replace: 'return saysSo && inSeconds(shown.lastModified) < inSeconds(uploadedAt);',
    by: 'return true;',
  },
  'a result counts as told, whatever it says': {
    file: 'ledger.ts',
    replace:
      "if (before.status === 'succeeded' || !shown?.result || !('finishedAt' in shown.result)) return false;",
    by: `if (before.status === 'succeeded' || !shown?.result) return false;
      if (!('finishedAt' in shown.result)) return inSeconds(shown.lastModified) < inSeconds(uploadedAt);`,
  },
  'a result counts as told, whenever it was written': {
    file: 'ledger.ts',
    replace: 'return saysSo && inSeconds(shown.lastModified) < inSeconds(uploadedAt);',
    by: 'return saysSo && uploadedAt > new Date(0);',
  },
  'a request to try again has no effect': {
    file: 'ledger.ts',
    replace: 'if (!before || isAskedFor(before.result, delivery))',
    by: 'if (!before)',
  },
  'a lost result is not written again': {
    file: 'deliver.ts',
    replace: "const show = folder.kind === 'withdrawn' ? () => Promise.resolve() : work.report;",
    by: 'const show = () => Promise.resolve();',
  },
  'an outcome is not published': {
    file: 'announce.ts',
    replace: '(await invocation.publish(result, upload.bucket).then(',
    by: '(await Promise.resolve().then(',
  },
  'an outcome that could not be published counts as published': {
    file: 'announce.ts',
    replace: "return isPublished ? { kind: 'done' } : {",
    by: "return isPublished || result ? { kind: 'done' } : {",
  },
  'an outcome that an invocation recorded before it died is not published': {
    file: 'announce.ts',
    replace: '(shown?.result && isSame(shown.result, result)) ||',
    by: "shown?.result?.status === 'cloning' ||",
  },
  'an outcome is shown before it is published': {
    file: 'announce.ts',
    replace: 'const isPublished =\n    (shown',
    by: 'await show(result);\n  const isPublished =\n    (shown',
  },
  'the outcome is reported, but not recorded': {
    file: 'claim.ts',
    replace:
      'stored = (await updateLedger(s3, name, stored, change)) ?? stored;\n        return stored.ledger;',
    by: 'return change(stored.ledger);',
  },
  'a closed connection is retried forever': {
    file: 'ledger.ts',
    replace: 'const MAX_CLOSED_CONNECTIONS = 3;',
    by: 'const MAX_CLOSED_CONNECTIONS = Infinity;',
  },
  'an answered upload is forgotten once its samples change': {
    file: 'ledger.ts',
    replace: 'const answered = ledger.ended.findLast(({ result }) => result.upload === upload);',
    by: 'const answered = ledger.ended.findLast(({ result }) => result.upload === upload && result.fingerprint === drop?.fingerprint);',
  },
  'a newer upload of the same samples is not recorded': {
    file: 'ledger.ts',
    replace: "return { kind: 'report', ledger: bounded({ ...ledger, ended }), result };",
    by: "return { kind: 'report', result };",
  },
  'an older event is handled after a newer one': {
    file: 'ledger.ts',
    replace: 'if (uploadsIn(ledger).some((other) => isNewerUpload(other, upload)))',
    by: 'if (uploadsIn({ ended: [] }).some((other) => isNewerUpload(other, upload)))',
  },
  'an earlier drop that may have made a voice is hidden': {
    file: 'ledger.ts',
    replace: 'return earlier.length === 0 ? result : { ...result, earlier };',
    by: 'return result;',
  },
  'the outcome of an owner that was presumed dead is dropped': {
    file: 'ledger.ts',
    replace: 'ended: ledger.ended.map((ended) => (ended === wrong ? right : ended))',
    by: 'ended: ledger.ended.map((ended) => (ended === wrong ? wrong : (right && ended)))',
  },
  'the result describes what the folder contains by then, not what was sent': {
    file: 'ledger.ts',
    replace: "return { kind: 'conclude', ledger: conclude(ledger, attempt, endingOf(ownerDied), now) };",
    by: "return { kind: 'conclude', ledger: conclude(ledger, { ...attempt, drop: drop ?? attempt.drop }, endingOf(ownerDied), now) };",
  },
  'a deferred message counts as done': {
    file: 'deliver.ts',
    replace: "return { progress: { kind: 'deferred', reason: 'another delivery is processing it' } };",
    by: "return { progress: { kind: 'done' } };",
  },
};

it.each(Object.entries(mistakes))('finds the mistake: %s', async (name, mistake) => {
  const { found, schedules } = await firstViolation(await makeMistake(name, mistake));
  report(`after ${String(schedules).padStart(6)} schedules: ${name}: ${found}`);
  expect(found).toBeDefined();
});

async function firstViolation(clone: typeof deliver) {
  let schedules = 0;
  // Short walks first: the long ones are not needed for a mistake that a short one finds.
  for (const limits of [SHALLOW, EXHAUSTIVE]) {
    for (const { explore } of explorations) {
      try {
        schedules += (await explore(clone, limits)).schedules;
      } catch (error) {
        if (!(error instanceof PromiseBroken)) throw error;
        return { schedules, found: error.message };
      }
    }
  }
  return { schedules, found: undefined };
}
