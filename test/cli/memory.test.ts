import { open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import { localAwsVariables } from '../../emulators/aws.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { it as base } from '../support/program-test.ts';
import { resultOf } from '../support/result.ts';
import { wav } from '../support/wav.ts';

const it = base
  .extend('cache', ({ home }) => join(home, 'cache/callers-voice-clone'))
  .extend('environment', ({ cache, proxy }): Record<string, string> => ({
    ...localAwsVariables,
    AWS_ENDPOINT_URL_S3: proxy.url,
    XDG_CACHE_HOME: join(cache, '..'),
  }));

/** The entries, with their times of writing: one that is used is not written again. */
async function entriesIn(cache: string): Promise<string[]> {
  const names = await readdir(cache).catch(() => []);
  return Promise.all(
    names.map(async (name) => `${name} ${(await stat(join(cache, name), { bigint: true })).mtimeNs}`),
  );
}

describe('drop remembers the hashes of files', () => {
  it('but reads one again whose content changed, though its size and time of modification did not', async ({
    cache,
    drop,
    home,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann', {}, { 'one.wav': wav(2000), 'two.wav': wav(2000).fill(1, 500) });
    const file = join(path, 'one.wav');
    // However long the program takes to start, they have just changed.
    const ahead = new Date(Date.now() + 600_000);
    for (const name of ['one.wav', 'two.wav']) await utimes(join(path, name), ahead, ahead);
    await drop(path);
    expect(await entriesIn(cache), 'files that have just changed').toEqual([]);
    const mtime = new Date('2026-01-01');
    for (const name of ['one.wav', 'two.wav']) await utimes(join(path, name), mtime, mtime);
    await sleep(2_100); // Times are not as exact everywhere as here.
    await drop(path);
    const entries = await entriesIn(cache);
    expect(entries).toHaveLength(4);
    await drop(path);
    expect(await entriesIn(cache)).toEqual(entries);

    // In place, so that only the time of the change tells.
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(100, 7), 0, 100, 1000);
    await handle.close();
    await utimes(file, mtime, mtime);
    expect((await stat(file)).mtimeMs).toBe(mtime.getTime());
    expect((await drop(path, '--yes')).exitCode).toBe(0);
    expect(uploads()).toEqual(['ann/one.wav', 'ann/manifest.json']);

    for (const name of await readdir(cache)) await writeFile(join(cache, name), 'damaged');
    expect((await drop(path)).stderr).toMatch('nothing has changed');
    expect(uploads()).toEqual([]);
    await rm(join(home, 'cache'), { recursive: true });
    expect((await drop(path, '--no-cache')).stderr).toMatch('nothing has changed');
    expect(await entriesIn(cache)).toEqual([]);
    await writeFile(join(home, 'cache'), 'not a folder');
    expect((await drop(path)).stderr).toMatch('nothing has changed');
  });

  it('but needs none of what it uploaded itself', async ({ cache, drop, voiceFolder }) => {
    const path = await voiceFolder('ann', {}, { 'one.wav': wav(2000), 'two.wav': wav(3000) });
    await sleep(2_100);
    await drop(path);
    const entries = await entriesIn(cache);
    expect(entries).toHaveLength(2);
    expect((await drop(path)).stderr).toMatch('nothing has changed');
    expect(await entriesIn(cache)).toEqual(entries);
  });
});

describe('check remembers what it heard', () => {
  it('and shows the same of an unchanged recording, without ffmpeg decoding it again', async ({
    cache,
    home,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann', {}, { 'one.wav': wav(40_000) });
    const environment = { PATH: process.env['PATH'] ?? '', XDG_CACHE_HOME: join(cache, '..') };
    const check = async () => callersVoice(['check', path, '--json'], environment, home);
    await sleep(2_100);
    const first = await check();
    const entries = await entriesIn(cache);
    expect(entries).toHaveLength(1);
    expect((JSON.parse(first.stdout) as { folders: { isHeard: boolean }[] }).folders[0]?.isHeard).toBe(true);
    expect(await check()).toEqual(first);
    expect(await entriesIn(cache)).toEqual(entries);
  });
});

describe('status remembers results', () => {
  it('and reads only those that changed', async ({ cache, pipeline, prefix, proxy, put, run }) => {
    for (const name of ['ann', 'bob']) await put('quiet', `${name}/manifest.json`, { name });
    const { Contents = [] } = await pipeline.s3.send(
      new ListObjectsV2Command({ Bucket: 'quiet', Prefix: prefix }),
    );
    const putResult = (name: string, ending: object) => {
      const key = `${prefix}${name}/manifest.json`;
      const etag = Contents.find(({ Key }) => Key === key)?.ETag?.replaceAll('"', '') ?? '';
      return put('quiet', `${name}/result.json`, resultOf({ key, etag }, ending));
    };
    const error = { code: 'NO_SAMPLES', message: 'Why.' };
    for (const name of ['ann', 'bob']) await putResult(name, { status: 'failed', error });
    const look = async (...args: string[]) => {
      const { stdout } = await run('status', `s3://quiet/${prefix}`, ...args);
      const reads = proxy.requests.filter((request) => request.includes('/result.json'));
      return {
        stdout,
        reads: ['ann', 'bob'].filter((name) => reads.some((read) => read.includes(`/${name}/`))),
      };
    };
    const first = await look();
    expect(first).toMatchObject({
      reads: ['ann', 'bob'],
      stdout: expect.stringContaining('failed') as string,
    });
    expect(await look()).toEqual({ ...first, reads: [] });
    await putResult('bob', { status: 'succeeded', voices: [] });
    const third = await look();
    expect(third.reads).toEqual(['bob']);
    expect(third.stdout).toMatch(/bob\/\tsucceeded/);
    expect((await look('--no-cache')).reads).toEqual(['ann', 'bob']);
    for (const name of await readdir(cache)) await writeFile(join(cache, name), 'damaged');
    expect(await look()).toEqual({ ...third, reads: ['ann', 'bob'] });
  });
});
