import { symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect } from 'vitest';
import { PART_BYTES } from '../../cli/drop/content.ts';
import { parsed } from '../support/drop-report.ts';
import { it } from '../support/program-test.ts';
import { wav } from '../support/wav.ts';

describe('drop', () => {
  it('uploads the manifest after the samples, and prints the voices', async ({
    place,
    run,
    uploads,
    voiceFolder,
  }) => {
    const ann = await voiceFolder('ann', { name: 'Ann, receptionist' });
    const bob = await voiceFolder('bob', { name: 'Bob, night shift', files: ['two.wav'] });
    const { exitCode, stdout, stderr } = await run('drop', ann, bob, place, '-v');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^FOLDER\tSTATUS\tVOICE\tID$/),
      expect.stringMatching(/^s3:\/\/voices\/test-1\/ann\/\tsucceeded\tAnn, receptionist\t\S+$/),
      expect.stringMatching(/^s3:\/\/voices\/test-1\/bob\/\tsucceeded\tBob, night shift\t\S+$/),
      '',
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch('↑ ann/one.wav 2 KiB\n');
    const order = uploads();
    expect(order.toSorted()).toEqual([
      'ann/manifest.json',
      'ann/one.wav',
      'ann/two.wav',
      'bob/manifest.json',
      'bob/two.wav',
    ]);
    for (const [manifest, sample] of [
      ['ann', 'ann/one'],
      ['ann', 'ann/two'],
      ['bob', 'bob/two'],
    ])
      expect(order.indexOf(`${manifest}/manifest.json`)).toBeGreaterThan(order.indexOf(`${sample}.wav`));
  });

  it('does not upload the manifest while a sample is on its way', async ({
    place,
    proxy,
    start,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann');
    const held = Promise.withResolvers<'pass'>();
    const other = Promise.withResolvers<void>();
    proxy.intercept = (request) => {
      if (request.endsWith('/one.wav') && request.startsWith('PUT')) return held.promise;
      if (request.endsWith('/two.wav') && request.startsWith('PUT')) other.resolve();
      return 'pass';
    };
    const program = start('drop', path, place, '-v');
    await other.promise;
    await program.says('↑ ann/two.wav');
    expect(uploads().filter((name) => name.endsWith('.json'))).toEqual([]);
    held.resolve('pass');
    expect(await program.ends()).toBe(0);
    expect(uploads().at(-1)).toBe('ann/manifest.json');
  });

  it('uploads only what will be sent, and accepts spaces and umlauts in either Unicode form', async ({
    drop,
    uploads,
    voiceFolder,
  }) => {
    const decomposed = 'Jörg Müller'.normalize('NFD');
    const path = await voiceFolder(
      decomposed,
      {},
      { [`${decomposed}.wav`]: wav(2000), '._one.wav': wav(100) },
    );
    await writeFile(join(path, 'notes.txt'), 'private');
    const { exitCode } = await drop(path);
    expect(exitCode).toBe(0);
    expect(uploads()).toEqual(['Jörg Müller/Jörg Müller.wav', 'Jörg Müller/manifest.json']);
  });

  it('uploads nothing of a folder with two names that are one in S3, and says which', async ({
    drop,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann', {}, { 'J\u00f6rg.wav': wav(2000), 'Jo\u0308rg.wav': wav(3000) });
    const { exitCode, stderr } = await drop(path);
    expect(stderr).toMatch(/two recordings are called J\u00f6rg\.wav.*Rename one/);
    expect(exitCode).toBe(1);
    expect(uploads()).toEqual([]);
  });

  it('takes a folder of folders, links to them too', async ({ home, place, run, uploads, voiceFolder }) => {
    await voiceFolder('all/ann');
    await symlink(await voiceFolder('real/bob'), join(home, 'all/bob'));
    await symlink('nowhere', join(home, 'all/broken'));
    const output = await run('drop', join(home, 'all'), `${place}/`, '--no-wait', '--json');
    expect(uploads()).toContain('ann/manifest.json');
    expect(parsed(output).map(({ url, status }) => [url, status])).toEqual([
      [`${place}/ann/`, 'uploaded'],
      [`${place}/bob/`, 'uploaded'],
    ]);
  });

  it('--json prints one document, with the result as it is in the bucket', async ({
    drop,
    place,
    run,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann');
    const output = await drop(path, '--json');
    expect(JSON.parse(output.stdout)).toEqual({
      folders: [
        {
          folder: path,
          url: `${place}/ann/`,
          status: 'succeeded',
          result: JSON.parse((await run('result', `${place}/ann`, '--json')).stdout) as object,
        },
      ],
    });
  });

  it('of several folders says which one has no voice and why, and exits with 1', async ({
    place,
    run,
    voiceFolder,
  }) => {
    const ann = await voiceFolder('ann');
    const bob = await voiceFolder('bob', { subOrganizationId: 'not-allowed' });
    const { exitCode, stdout, stderr } = await run('drop', ann, bob, place, '-v');
    expect(stdout).toMatch(/\/ann\/\tsucceeded\tA good voice\t/);
    expect(stdout).toMatch(/\/bob\/\tfailed\tINVALID_MANIFEST\t$/m);
    expect(stderr).toMatch(/^error: bob: INVALID_MANIFEST: .*\n {2}subOrganizationId is not allowed/m);
    expect(exitCode).toBe(1);
  });

  it('uploads nothing at all when one of the folders is invalid', async ({
    place,
    proxy,
    run,
    voiceFolder,
  }) => {
    const ann = await voiceFolder('ann');
    const bob = await voiceFolder('bob', { name: 'Bob', stabilty: 1 });
    const output = await run('drop', ann, bob, place, '--json');
    expect(output.exitCode).toBe(1);
    expect(proxy.requests).toEqual([]);
    expect(output.stderr).toMatch(/stabilty is not a known field/);
    expect(parsed(output)).toMatchObject([
      { folder: ann, status: 'notUploaded' },
      {
        folder: bob,
        status: 'notUploaded',
        problems: expect.arrayContaining([expect.objectContaining({ path: 'name' })]) as object,
      },
    ]);
  });

  it('refuses a sample of 5 GB before anything is uploaded', async ({ drop, proxy, voiceFolder }) => {
    const path = await voiceFolder('ann', {}, { 'huge.wav': wav(100) });
    await truncate(join(path, 'huge.wav'), 5 * 1024 ** 3);
    const { exitCode, stderr } = await drop(path);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/5\.00 GiB/);
    expect(proxy.requests).toEqual([]);
  });

  it('sends a part again that is lost on the way', async ({ drop, head, proxy, voiceFolder }) => {
    const path = await voiceFolder('ann', {}, { 'long.wav': wav(PART_BYTES + 5000) });
    let lost = 0;
    proxy.intercept = (_request, query) =>
      query.get('partNumber') === '2' && lost++ === 0 ? 'drop' : 'pass';
    const { exitCode } = await drop(path);
    expect(exitCode).toBe(0);
    expect(lost).toBe(2);
    expect(await head('voices', 'ann/long.wav')).toMatchObject({ ContentLength: PART_BYTES + 5000 });
  });

  it('does not claim that the manifest arrived, or did not, when S3 does not answer', async ({
    drop,
    proxy,
    voiceFolder,
  }) => {
    proxy.intercept = (request) =>
      request.startsWith('PUT') && request.endsWith('/manifest.json') ? 'commit-silently' : 'pass';
    const output = await drop(await voiceFolder('ann'), '--json');
    expect(output.exitCode).toBe(3);
    const message = expect.stringMatching(/^it is unclear whether the manifest was uploaded; run /) as string;
    expect(parsed(output)).toMatchObject([{ status: 'uploaded', error: { code: 'AWS_ERROR', message } }]);
  });
});

describe('an option of drop:', () => {
  it('--dry-run says what would be uploaded, and uploads nothing', async ({
    prefix,
    put,
    run,
    uploads,
    voiceFolder,
  }) => {
    const folder = await voiceFolder('ann');
    await put('quiet', 'ann/one.wav', 'x');
    const { exitCode, stdout, stderr } = await run('drop', folder, `s3://quiet/${prefix}`, '--dry-run');
    const url = `s3://quiet/${prefix}ann`;
    expect(stdout).toBe(
      `(dryrun) upload: ${folder}/one.wav to ${url}/one.wav (2 KiB)\n` +
        `(dryrun) upload: ${folder}/two.wav to ${url}/two.wav (3 KiB)\n` +
        `(dryrun) upload: ${folder}/manifest.json to ${url}/manifest.json (23 bytes)\n`,
    );
    expect(stderr).toBe('ann: a first voice (billed, unless the bucket knows these recordings)\n');
    expect(exitCode).toBe(0);
    expect(uploads()).toEqual([]);
    const json = await run('drop', folder, `s3://quiet/${prefix}`, '--dry-run', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      folders: [
        {
          status: 'dryRun',
          effect: { kind: 'first' },
          uploads: [{ url: `${url}/one.wav`, size: 2000 }, {}, {}],
        },
      ],
    });
  });

  it.for([
    ['--exclude a*', 'bob cleo'],
    ['--exclude * --include a*', 'ann anton'],
    ['--exclude a* --include ann --exclude bob', 'ann cleo'],
    ['--include a*', 'ann anton bob cleo'],
  ] as const)(
    '%s takes the folders %s, also when named twice',
    async ([args, names], { home, place, run, voiceFolder }) => {
      for (const name of ['ann', 'anton', 'bob', 'cleo']) await voiceFolder(name);
      const twice = [home, 'ann', 'ann/', join(home, 'cleo')];
      const dropped = await run('drop', ...twice, place, '--dry-run', '--json', ...args.split(' '));
      expect(dropped.stderr).not.toMatch(/Warning/);
      expect(
        parsed(dropped)
          .map(({ url }) => basename(url))
          .join(' '),
      ).toBe(names);
    },
  );

  it('says so when --exclude leaves out every folder', async ({ run, voiceFolder }) => {
    const { exitCode, stderr } = await run(
      'drop',
      await voiceFolder('ann'),
      's3://quiet/x',
      '--exclude',
      '*',
    );
    expect(stderr).toMatch(/^error: --exclude leaves out every folder: ann$/m);
    expect(exitCode).toBe(2);
  });

  it('--quiet prints only errors', async ({ prefix, run, voiceFolder }) => {
    const folder = await voiceFolder('ann');
    const quiet = await run('drop', folder, `s3://quiet/${prefix}`, '--quiet', '--no-wait');
    expect(quiet).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const late = await run('drop', folder, `s3://quiet/${prefix}`, '--quiet', '--timeout', '0');
    expect(late.stderr).toMatch(/^error: ann: there is no result yet/);
    expect([late.exitCode, late.stdout]).toEqual([1, '']);
  });
});
