import { open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { callersVoice } from '../support/callers-voice.ts';
import { it as base } from '../support/program-test.ts';
import { wav } from '../support/wav.ts';

const it = base
  .extend('cache', ({ home }) => join(home, 'cache/callers-voice-clone'))
  .extend('run', ({ environment, home, cache }) => (...args: string[]) => {
    return callersVoice(args, { ...environment, XDG_CACHE_HOME: join(cache, '..') }, home);
  });

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
    home,
    place,
    proxy,
    run,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann', {}, { 'one.wav': wav(2000), 'two.wav': wav(2000).fill(1, 500) });
    const file = join(path, 'one.wav');
    const mtime = new Date('2026-01-01');
    await utimes(file, mtime, mtime);
    await run('drop', path, place);
    expect(await entriesIn(cache), 'files that have just changed').toEqual([]);
    await sleep(2_100); // Times are not as exact everywhere as here.
    await run('drop', path, place);
    const entries = await entriesIn(cache);
    expect(entries).toHaveLength(4);
    await run('drop', path, place);
    expect(await entriesIn(cache)).toEqual(entries);

    // In place, so that only the time of the change tells.
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(100, 7), 0, 100, 1000);
    await handle.close();
    await utimes(file, mtime, mtime);
    expect((await stat(file)).mtimeMs).toBe(mtime.getTime());
    const before = proxy.requests.length;
    expect((await run('drop', path, place, '--yes')).exitCode).toBe(0);
    expect(uploads(before)).toEqual(['ann/one.wav', 'ann/manifest.json']);

    for (const name of await readdir(cache)) await writeFile(join(cache, name), 'damaged');
    const after = proxy.requests.length;
    expect((await run('drop', path, place)).stderr).toMatch('nothing has changed');
    await rm(join(home, 'cache'), { recursive: true });
    expect((await run('drop', path, place, '--no-cache')).stderr).toMatch('nothing has changed');
    expect(await entriesIn(cache)).toEqual([]);
    await writeFile(join(home, 'cache'), 'not a folder');
    expect((await run('drop', path, place)).stderr).toMatch('nothing has changed');
    expect(uploads(after)).toEqual([]);
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
