import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ReceivedRequest } from '../../emulators/callers-api/received-request.ts';
import { amelia } from '../support/voice.ts';
import { createDice } from './dice.ts';
import { type Call, type Folder, planCopy, planFolder, type Upload } from './folders.ts';
import { judge, type Remains } from './judge.ts';

const SEQUENCER = '01';

/** A folder whose uploads and calls happened at these times, in seconds. */
function folderWith(calls: Call[], uploads: Upload[] = []): Folder {
  const folder = planFolder(0, createDice(1));
  const drop: Upload = { why: 'drop', at: 0, told: 'none' };
  return { ...folder, story: 'usual', calls, uploads: [drop, ...uploads] };
}

function callAt(seconds: number, what: 'cloned' | 'refused' | 'silent'): Call {
  const own = { id: randomUUID(), name: 'Voice 00000', createdAt: new Date().toISOString() };
  const voice = { ...amelia, ...own, organizationId: 'o', settings: {} };
  const request: ReceivedRequest = {
    headers: {},
    fields: [],
    files: [],
    problems: [],
    voices: what === 'refused' ? [] : [voice],
    status: { cloned: 201, refused: 400, silent: null }[what],
    complete: true,
  };
  return { at: seconds * 1000, name: what, behavior: { kind: 'normal' }, request };
}

function resultOf(call: Call | undefined, status: 'succeeded' | 'failed' | 'unknown'): string {
  return JSON.stringify({
    status,
    ...(status === 'succeeded'
      ? { voices: call?.request.voices }
      : { error: { code: 'API_REJECTED', message: 'because' } }),
    manifest: { key: 'chaos/00000/manifest.json', etag: 'e' },
    upload: SEQUENCER,
    requestId: randomUUID(),
    finishedAt: new Date().toISOString(),
  });
}

function judged(folder: Folder, result: string | undefined, own: Partial<Remains> = {}) {
  return judge(folder, {
    result,
    ledger: '{"ended":[]}',
    published: result === undefined ? [] : [result],
    deadLetters: 0,
    uploads: [SEQUENCER],
    isFinished: true,
    ...own,
  });
}

describe('the judge of chaos', () => {
  it('accepts one voice that the result names', () => {
    const call = callAt(1, 'cloned');
    const verdict = judged(folderWith([callAt(0.5, 'refused'), call]), resultOf(call, 'succeeded'));
    expect(verdict).toEqual({
      status: 'succeeded',
      duplicates: 0,
      repeatedCalls: 0,
      isFinished: true,
      lost: false,
      made: 'voice',
      problems: [],
    });
  });

  it('finds a result that was not published', () => {
    const call = callAt(1, 'cloned');
    const verdict = judged(folderWith([call]), resultOf(call, 'succeeded'), { published: [] });
    expect(verdict).toMatchObject({ lost: true, problems: ['what result.json says was not published'] });
  });

  it('finds a second voice', () => {
    const calls = [callAt(1, 'cloned'), callAt(2, 'cloned')];
    const verdict = judged(folderWith(calls), resultOf(calls[1], 'succeeded'));
    expect(verdict).toMatchObject({ duplicates: 1, repeatedCalls: 1, lost: false });
  });

  it('finds a second call after silence, even if it made no voice', () => {
    const verdict = judged(
      folderWith([callAt(1, 'silent'), callAt(2, 'refused')]),
      resultOf(undefined, 'failed'),
    );
    expect(verdict).toMatchObject({ duplicates: 0, repeatedCalls: 1 });
  });

  it('lets a person ask again', () => {
    const calls = [callAt(1, 'silent'), callAt(5, 'cloned')];
    const folder = folderWith(calls, [{ why: 'again', at: 4_000, told: 'unknown' }]);
    expect(judged(folder, resultOf(calls[1], 'succeeded')).problems).toEqual([]);
  });

  it('accepts the voice of an owner that came back after the person asked again', () => {
    const call = callAt(1, 'cloned');
    const folder = folderWith([call], [{ why: 'again', at: 4_000, told: 'unknown' }]);
    expect(judged(folder, resultOf(call, 'succeeded')).problems).toEqual([]);
    expect(judged(folder, resultOf(callAt(1, 'cloned'), 'succeeded'))).toMatchObject({ lost: true });
  });

  it('finds a second voice from uploading the manifest again after a success', () => {
    const calls = [callAt(1, 'cloned'), callAt(5, 'cloned')];
    const folder = folderWith(calls, [{ why: 'after-success', at: 4_000, told: 'succeeded' }]);
    expect(judged(folder, resultOf(calls[1], 'succeeded'))).toMatchObject({
      duplicates: 1,
      repeatedCalls: 1,
    });
  });

  it.each([
    ['unknown', 0],
    ['cloning', 1],
    ['none', 1],
  ])('counts an impatient upload as a request only if the person was told (%s)', (told, repeatedCalls) => {
    const calls = [callAt(1, 'silent'), callAt(5, 'cloned')];
    const folder = folderWith(calls, [{ why: 'impatient', at: 4_000, told }]);
    expect(judged(folder, resultOf(calls[1], 'succeeded'))).toMatchObject({ repeatedCalls });
  });

  it.each([
    ['no result', undefined],
    ['a result that is not as documented', '{"status":"succeeded"}'],
    ['failed, although there is a voice', resultOf(undefined, 'failed')],
    ['a voice other than the one that was made', resultOf(callAt(1, 'cloned'), 'succeeded')],
    ['the result of another upload', resultOf(undefined, 'unknown').replace('"01"', '"00"')],
  ])('finds %s', (_, result) => {
    expect(judged(folderWith([callAt(1, 'silent')]), result)).toMatchObject({ lost: true });
  });

  it('finds no folder lost that is not finished, but a second voice', () => {
    const calls = [callAt(1, 'cloned'), callAt(2, 'cloned')];
    const own = { isFinished: false, ledger: '{"attempt":{"state":"posting"},"ended":[]}' };
    expect(judged(folderWith(calls.slice(1)), undefined, own)).toMatchObject({ lost: false, problems: [] });
    expect(judged(folderWith(calls), undefined, own)).toMatchObject({ lost: false, duplicates: 1 });
  });

  it('accepts the voice of the original in a copy, and the request that was not completed for it', () => {
    const [call, stopped] = [callAt(1, 'cloned'), callAt(5, 'silent')];
    stopped.request = { ...stopped.request, complete: false, voices: [] };
    const original = { ...folderWith([call, stopped]), isCopied: true };
    expect(judged(original, resultOf(call, 'succeeded')).problems).toEqual([]);
    const copy = planCopy(original);
    const source = JSON.stringify({
      ...JSON.parse(resultOf(call, 'succeeded')),
      clonedFrom: `s3://voices/${original.prefix}`,
    });
    expect(judged(copy, source).problems).toEqual([]);
    expect(judged(copy, resultOf(call, 'succeeded'))).toMatchObject({ lost: true });
    expect(judged(copy, resultOf(callAt(1, 'cloned'), 'succeeded'))).toMatchObject({ lost: true });
  });

  it('accepts a voice of the copy if the original had none by then', () => {
    const call = callAt(5, 'cloned');
    const copy = planCopy({ ...folderWith([call]), isCopied: true });
    const copiedAt = (at: number) => ({ ...copy, uploads: [{ why: 'copy' as const, at, told: 'none' }] });
    expect(judged(copiedAt(call.at - 1), resultOf(call, 'succeeded')).problems).toEqual([]);
    expect(judged(copiedAt(call.at + 1), resultOf(call, 'succeeded'))).toMatchObject({ lost: true });
  });

  it('finds that a copy was paid for', () => {
    const calls = [callAt(1, 'cloned'), callAt(5, 'cloned')];
    const original = { ...folderWith(calls), isCopied: true };
    expect(judged(original, resultOf(calls[0], 'succeeded'))).toMatchObject({
      duplicates: 1,
      repeatedCalls: 1,
    });
  });

  it('expects no result in a folder that was renamed', () => {
    const folder = { ...folderWith([callAt(1, 'cloned')]), isCopied: true, isMoved: true };
    expect(judged(folder, undefined).problems).toEqual([]);
  });

  it('finds dead letters and unfinished attempts', () => {
    const call = callAt(1, 'cloned');
    const result = resultOf(call, 'succeeded');
    expect(judged(folderWith([call]), result, { deadLetters: 1 })).toMatchObject({ lost: true });
    const { problems } = judged(folderWith([call]), result, {
      ledger: '{"attempt":{"state":"posting"},"ended":[]}',
    });
    expect(problems).toEqual(['an attempt is left in the state posting']);
  });
});
