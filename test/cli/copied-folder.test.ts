import { describe, expect } from 'vitest';
import { parsed } from '../support/drop-report.ts';
import { it as base } from '../support/program-test.ts';
import { wav } from '../support/wav.ts';

/** Drops `ann` to be cloned, and copies what the bucket then has to another folder, as people do with a template. */
const it = base.extend(
  'copied',
  ({ place, put, run, voiceFolder }) =>
    async (manifest: object): Promise<{ voice: string | undefined }> => {
      const samples = { 'one.wav': wav(2000), 'two.wav': wav(3000) };
      const dropped = parsed(await run('drop', await voiceFolder('ann', {}, samples), place, '--json'));
      await put('quiet', 'dora/one.wav', samples['one.wav']);
      await put('quiet', 'dora/manifest.json', manifest);
      await put('quiet', 'dora/result.json', dropped[0]?.result ?? {});
      return { voice: dropped[0]?.result?.voices?.[0]?.id };
    },
);

describe('a folder that was copied with its result', () => {
  it.for([
    ['a changed manifest', { name: 'Dora, receptionist' }],
    ['the same manifest', { name: 'A good voice' }],
  ] as const)('and %s has no result of its own', async ([_what, manifest], { copied, prefix, run }) => {
    const { voice } = await copied(manifest);
    const url = `s3://quiet/${prefix}dora`;
    const people = await run('result', url);
    expect([people.exitCode, people.stdout]).toEqual([1, '']);
    expect(people.stderr).toMatch(/has no result yet: .*status.*another folder.* at no cost: .*retry s3:/);
    const script = await run('result', url, '--json');
    expect(script.exitCode).toBe(1);
    expect(JSON.parse(script.stdout)).toMatchObject({ error: { code: 'NO_RESULT' } });
    const status = await run('status', `s3://quiet/${prefix}`, '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ folders: [{ status: 'noResult' }] });
    expect(voice).toBeTypeOf('string');
    expect(script.stdout + status.stdout).not.toContain(voice);
  });
});

describe('recordings that came after the voice', () => {
  it('are named by status, result and retry', async ({ drop, place, put, run, voiceFolder }) => {
    await drop(await voiceFolder('ann'));
    const status = async () => run('status', place);
    expect((await status()).stderr).toBe('');
    await put('voices', 'ann/late.wav', wav(500));
    // Another size, and later another content of the same size.
    await put('voices', 'ann/two.wav', wav(2500));
    const what = 'changed since: late.wav, two.wav are not in the voice';
    expect((await status()).stderr).toBe(`ann/  ${what}\n`);
    expect((await status()).stdout).toMatch(/^ann\/\tsucceeded, changed since\tA good voice\t/m);
    expect((await run('result', `${place}/ann`)).stdout).toContain(what);
    const retry = await run('retry', `${place}/ann`);
    expect([retry.exitCode, retry.stdout]).toEqual([1, '']);
    expect(retry.stderr).toMatch(`already has its voice: nothing to retry; ${what}`);
    const found = await run('status', place, '--state', 'changed', '--json');
    expect(JSON.parse(found.stdout)).toMatchObject({ folders: [{ changed: ['late.wav', 'two.wav'] }] });
  });
});

describe('a result that was deleted', () => {
  it('is restored by retry, without another voice, which status and result say', async ({
    drop,
    place,
    remove,
    run,
    voiceFolder,
  }) => {
    const [dropped] = parsed(await drop(await voiceFolder('ann'), '--json'));
    await remove('ann/result.json');
    const restores = `at no cost: callers-voice-clone retry ${place}/ann/\n`;
    expect((await run('status', place)).stderr).toContain(restores);
    expect((await run('result', `${place}/ann`)).stderr).toContain(restores);
    const [retried] = parsed(await run('retry', `${place}/ann`, '--json'));
    expect(retried?.result?.voices?.[0]?.id).toBe(dropped?.result?.voices?.[0]?.id);
  });

  it('is restored also when no voice was made', async ({ drop, place, remove, run, voiceFolder }) => {
    await drop(await voiceFolder('ann', { subOrganizationId: 'not-allowed' }));
    await remove('ann/result.json');
    const [retried] = parsed(await run('retry', `${place}/ann`, '--json'));
    expect(retried).toMatchObject({ status: 'failed', result: { error: { code: 'INVALID_MANIFEST' } } });
  });
});

describe('retry of several', () => {
  it('--failed retries what failed below a place, and says first what it may cost', async ({
    ended,
    prefix,
    put,
    run,
    uploads,
  }) => {
    const none = await run('retry', await ended('succeeded'), '--failed');
    expect([none.exitCode, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toMatch(/^error: No folder below s3:\/\/\S+ has failed$/m);
    await ended('failed');
    await put('quiet', 'new/manifest.json', { name: 'Not cloned yet' });
    const url = `s3://quiet/${prefix}`;
    // A voice folder itself stands for itself, not for what is below.
    const { exitCode, stderr } = await run('retry', url, `${url}new`, '--no-wait', '--json');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/ {2}failed, INVALID_MANIFEST\nRetrying 1: each voice that is made is billed\n/);
    expect(uploads()).toHaveLength(2);
  });
});
