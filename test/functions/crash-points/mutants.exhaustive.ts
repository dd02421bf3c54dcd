import { expect, it } from 'vitest';
import { deliver } from '../../../functions/clone-voice/deliver.ts';
import { report } from '../../support/captured-logs.ts';
import { EXHAUSTIVE, explorations, PromiseBroken, SHALLOW } from './explorer.ts';
import { makeMistake, type Mistake } from './mutant.ts';

/*
 * Plausible mistakes in the state machine. The walk through the crash points must find each of them; otherwise it
 * proves nothing.
 */
const mistakes: Record<string, Mistake & { walk?: string }> = {
  'the end of the body does not wait for the ledger': {
    file: 'attempt.ts',
    replace: 'mayEnd: async (digests) => (await claimed).post(await gate.pass(digests)),',
    by: 'mayEnd: () => Promise.resolve(),',
  },
  'the body begins before the claim is taken, and ends even if the claim is lost': {
    file: 'attempt.ts',
    replace:
      'mayBegin: gate.mayBegin,\n        mayEnd: async (digests) => (await claimed).post(await gate.pass(digests)),',
    by: 'mayEnd: () => Promise.resolve(),',
  },
  'a frozen host sends the end of the body when it resumes': {
    file: 'claim.ts',
    replace: 'if (clock.now() >= new Date(attempt.leaseUntil)) throw new Overtaken();',
    by: '',
  },
  'an attempt that another owner has taken over is recorded as posting': {
    file: 'ledger.ts',
    replace: 'if (attempt?.owner !== owner) return undefined;',
    by: 'if (!attempt) return undefined;',
    walk: 'its successor dies',
  },
  'an unknown outcome is retried': {
    file: 'ending.ts',
    replace: "case 'unknown':\n      return unknown(outcome);",
    by: "case 'unknown':\n      return undefined;",
  },
  'the ledger is deleted on an error': {
    file: 'attempt.ts',
    replace: 'await untilDeadline(invocation, end, isUnrecorded).catch((error: unknown) => {',
    by: `await end().catch(async (error: unknown) => {
      const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
      await invocation.s3.send(new DeleteObjectCommand({ Bucket: ledgerName.bucket, Key: ledgerName.key }));`,
  },
  'the lease is compared the wrong way round': {
    file: 'ledger.ts',
    replace: 'return left > 0 && left < LONGEST_LEASE;',
    by: 'return left <= 0;',
  },
  'a call whose function died counts as never made': {
    file: 'ledger.ts',
    replace: "if (attempt.state === 'posting') return",
    by: "if (attempt.state === 'claimed' && attempt.number > 1000) return",
  },
  'ledgers are written without a condition': {
    file: 'put-text-if.ts',
    replace: "...(match === undefined ? { IfNoneMatch: '*' } : { IfMatch: match }),",
    by: '',
  },
  'a newer upload makes the same voice again': {
    file: 'ledger.ts',
    replace: "return status !== 'succeeded' && told?.status === status && isResultOf(ended, told);",
    by: "return status === 'succeeded' || (told?.status === status && isResultOf(ended, told));",
  },
  'every newer event counts as a request to try again': {
    file: 'ledger.ts',
    replace: 'const mayBegin = !before || wasTold(before, toldBy(delivery))',
    by: "const mayBegin = !before || before.ending.status !== 'succeeded'",
  },
  'a result counts as told, whatever it says': {
    file: 'ledger.ts',
    replace: "return status !== 'succeeded' && told?.status === status && isResultOf(ended, told);",
    by: "return status !== 'succeeded' && told !== undefined;",
    walk: 'another sample twice',
  },
  'a result counts as told, whenever it was written': {
    file: 'ledger.ts',
    replace: 'const SECONDS_TO_READ = 2;',
    by: 'const SECONDS_TO_READ = -1e9;',
  },
  'a copy of the manifest asks to try again after an unknown outcome': {
    file: 'ledger.ts',
    replace: '(isCopy || sawAnother(metadata, manifest, shown.result))',
    by: 'sawAnother(metadata, manifest, shown.result)',
  },
  'a result counts as told within the same second': {
    file: 'ledger.ts',
    replace: 'const SECONDS_TO_READ = 2;',
    by: 'const SECONDS_TO_READ = 0;',
  },
  'a request to try again has no effect': {
    file: 'ledger.ts',
    replace:
      'const mayBegin = !before || wasTold(before, toldBy(delivery)) || isAskedAgain(ledger, delivery);',
    by: 'const mayBegin = !before || isAskedAgain(ledger, delivery);',
  },
  'the recordings of a copy are paid for again': {
    file: 'same-recordings.ts',
    replace: ', ...known];',
    by: '];',
  },
  'a copy does not wait for the folder that is being sent': {
    file: 'same-recordings.ts',
    replace: '  if (cloned) return cloned;\n  if (running) return wait;',
    by: '  if (cloned) return cloned;',
  },
  'a copy of a folder whose outcome is unknown is sent': {
    file: 'same-recordings.ts',
    replace: "return unknown ?? { kind: 'new' };",
    by: "return unknown && !('clonedFrom' in unknown) ? unknown : { kind: 'new' };",
  },
  'the dead owner of another folder is not looked at': {
    file: 'same-recordings.ts',
    replace: '(deadIn(ledger, isSame, now) ?? lastIn(ledger, isSame))',
    by: 'lastIn(ledger, isSame)',
  },
  'a folder notes its claim in the list of its shape only after it has looked': {
    file: 'recordings-gate.ts',
    replace: 'const looked = claimed.then(async (claim) => {',
    by: 'const looked = claimed.then(async (claim) => {\n    if (claim.attempt.number === 1) return [];',
  },
  'samples that were encrypted anew are paid for again': {
    file: 'ledger.ts',
    replace: "return { ...ledger, attempt: { ...attempt, state: 'posting', recordings } };",
    by: "return { ...ledger, attempt: { ...attempt, state: 'posting', recordings: `${recordings}${attempt.owner}` } };",
  },
  'the end of a dead owner is announced to nobody if the folder has moved on': {
    file: 'deliver.ts',
    replace: 'await announce(concluded, stored.ledger, work, () => Promise.resolve());',
    by: '',
  },
  'a lost result is not written again': {
    file: 'deliver.ts',
    replace: "const show = work.folder.kind === 'withdrawn' ? () => Promise.resolve() : work.report;",
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
    replace: 'const isPublished =\n    wasPublished',
    by: 'await show(result);\n  const isPublished =\n    wasPublished',
  },
  'the outcome is reported, but not recorded': {
    file: 'claim.ts',
    replace: 'const update = updateLedger(s3, name, stored, change).catch(',
    by: 'const update = Promise.resolve({ ...stored, ledger: change(stored.ledger) }).catch(',
  },
  'a closed connection is retried forever': {
    file: 'ending.ts',
    replace: 'const MAX_CLOSED_CONNECTIONS = 3;',
    by: 'const MAX_CLOSED_CONNECTIONS = Infinity;',
  },
  'an answered upload is forgotten once its samples change': {
    file: 'ledger.ts',
    replace: 'const answered = ledger.ended.findLast((ended) => ended.drop.upload === upload);',
    by: 'const answered = ledger.ended.findLast((ended) => ended.drop.upload === upload && ended.drop.fingerprint === drop?.fingerprint);',
  },
  'a newer upload of the same samples is not recorded': {
    file: 'ledger.ts',
    replace: "return { kind: 'report', ledger: moveToEnd(ledger, before, drop, ledger.attempt), ended };",
    by: "return { kind: 'report', ended };",
  },
  'an older event is handled after a newer one': {
    file: 'ledger.ts',
    replace: 'if (uploadsIn(ledger).some((other) => isNewerUpload(other, upload)))',
    by: 'if (uploadsIn({ ended: [] }).some((other) => isNewerUpload(other, upload)))',
  },
  'an earlier drop that may have made a voice is hidden': {
    file: 'reported-result.ts',
    replace: '...(earlier.length > 0 && { earlier }),',
    by: '...(earlier.length > 1_000 && { earlier }),',
  },
  'the outcome of an owner that was presumed dead is dropped': {
    file: 'ledger.ts',
    replace: 'ended: ledger.ended.map((ended) => (ended === wrong ? right : ended))',
    by: 'ended: ledger.ended.map((ended) => (ended === wrong ? wrong : (right && ended)))',
  },
  'the result describes what the folder contains by then, not what was sent': {
    file: 'ledger.ts',
    replace: 'return conclude(ledger, attempt, ownerDied, now);',
    by: 'return conclude(ledger, { ...attempt, drop: drop ?? attempt.drop }, ownerDied, now);',
  },
  'a deferred message counts as done': {
    file: 'deliver.ts',
    replace: "return { progress: { kind: 'deferred', reason: 'another delivery is processing it' } };",
    by: "return { progress: { kind: 'done' } };",
  },
};

it.each(Object.entries(mistakes))('finds the mistake: %s', async (name, mistake) => {
  const { found, schedules } = await firstViolation(await makeMistake(name, mistake), mistake.walk);
  report(`after ${String(schedules).padStart(6)} schedules: ${name}: ${found}`);
  expect(found).toBeDefined();
});

/** Small walks come first, which find most mistakes. */
const bySize = await inOrderOfSize();

async function inOrderOfSize() {
  const sizes = await Promise.all(
    explorations.map(async (each) => ({ each, size: (await each.explore(deliver, SHALLOW)).schedules })),
  );
  return sizes.toSorted((one, other) => one.size - other.size).map(({ each }) => each);
}

/** @param walk the walks that are tried first, because only they find the mistake in time */
async function firstViolation(clone: typeof deliver, walk?: string) {
  let schedules = 0;
  const first = walk === undefined ? [] : bySize.filter(({ name }) => name.includes(walk));
  for (const [walks, limits] of [
    [first, EXHAUSTIVE],
    [bySize, SHALLOW],
    [bySize, EXHAUSTIVE],
  ] as const) {
    for (const { explore } of walks) {
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
