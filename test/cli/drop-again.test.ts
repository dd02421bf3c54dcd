import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { PART_BYTES } from '../../cli/drop/content.ts';
import { seenMark } from '../../voice-folder/mark.ts';
import { parsed } from '../support/drop-report.ts';
import { it } from '../support/program-test.ts';
import { wav } from '../support/wav.ts';

function idOf(output: { stdout: string }): string | undefined {
  return parsed(output)[0]?.result?.voices?.[0]?.id;
}

/** One in one request, one in parts. */
const samples = { 'short.wav': wav(2000), 'long.wav': wav(PART_BYTES + 5000) };
const changed = wav(2000).fill(7, 1000);

describe('drop, repeated', () => {
  it('leaves a folder alone whose voice was cloned from the same files, and prints the voice', async ({
    drop,
    uploads,
    voiceFolder,
  }) => {
    await voiceFolder('ann', {}, samples);
    const first = await drop('ann', '--json');
    const second = await drop('ann', '--json');
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toBe('ann: nothing has changed since its voice was cloned\n');
    expect(idOf(first)).toBeTypeOf('string');
    expect(idOf(second)).toBe(idOf(first));
    expect(uploads()).toEqual([]);
    expect((await drop('ann', '--dry-run')).stdout).toMatch(/^Nothing to upload/);
  });

  it('says which result the person tries again after, so that it counts however soon that is', async ({
    ended,
    head,
    prefix,
    run,
    voiceFolder,
  }) => {
    const { folders } = JSON.parse((await run('status', await ended('failed'), '--json')).stdout);
    const name = prefix.slice(0, -1);
    const path = await voiceFolder(name);
    expect((await run('drop', path, 's3://quiet', '--no-wait')).exitCode).toBe(0);
    const manifest = { bucket: 'quiet', key: `${prefix}manifest.json` };
    expect(await head('quiet', 'manifest.json')).toMatchObject({
      Metadata: seenMark(manifest, folders[0].result),
    });
  });

  it('names a recording that was added, and that the manifest does not list', async ({
    drop,
    voiceFolder,
  }) => {
    await voiceFolder('ann', { files: ['one.wav'] }, { 'one.wav': wav(2000) });
    await drop('ann');
    await voiceFolder('ann', { files: ['one.wav'] }, { 'two.wav': wav(3000) });
    expect((await drop('ann')).stderr).toBe(
      'ann/two.wav is not used: "files" does not list it\nann: nothing has changed since its voice was cloned\n',
    );
  });

  it('names a copy of the manifest: it may be the one that was edited', async ({
    drop,
    home,
    voiceFolder,
  }) => {
    await voiceFolder('ann');
    await drop('ann');
    await writeFile(join(home, 'ann/manifest (1).json'), '{ "name": "Ann" }');
    expect((await drop('ann')).stderr).toBe(
      'ann/manifest (1).json is not used: only manifest.json counts: if you mean this one, give it that name\n' +
        'ann: nothing has changed since its voice was cloned\n',
    );
  });

  it('uploads no sample that is there, and makes no second voice, when the result was deleted', async ({
    drop,
    remove,
    uploads,
    voiceFolder,
  }) => {
    await voiceFolder('ann', {}, samples);
    const first = await drop('ann', '--json');
    await remove('ann/result.json');
    const second = await drop('ann', '--json', '-v');
    expect(second.exitCode).toBe(0);
    expect(uploads()).toEqual(['ann/manifest.json']);
    expect(second.stderr).toMatch('= ann/long.wav unchanged\n');
    expect(idOf(second)).toBe(idOf(first));
  });

  it('uploads the manifest again when somebody changed it in the bucket', async ({
    drop,
    pipeline,
    prefix,
    put,
    uploads,
    voiceFolder,
  }) => {
    await voiceFolder('ann', { name: 'The first' });
    await drop('ann');
    const isCloned = pipeline.nextResult(`${prefix}ann/manifest.json`);
    await put('voices', 'ann/manifest.json', { name: 'Another' });
    await isCloned;
    expect((await drop('ann', '--yes')).stdout).toMatch(/\tsucceeded\tThe first\t/);
    expect(uploads()).toEqual(['ann/manifest.json']);
  });

  it('uploads the manifest again when the result is about other files than are there now', async ({
    drop,
    put,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann');
    await drop('ann');
    // Nobody is told of a sample alone: the result stays.
    await writeFile(join(path, 'one.wav'), changed);
    await put('voices', 'ann/one.wav', changed);
    expect((await drop('ann', '--yes')).exitCode).toBe(0);
    expect(uploads()).toEqual(['ann/manifest.json']);
  });

  it('uploads the manifest again when the bucket has another that was not processed yet', async ({
    drop,
    prefix,
    put,
    run,
    uploads,
    voiceFolder,
  }) => {
    await voiceFolder('ann', {}, { 'one.wav': wav(2000) });
    const [dropped] = parsed(await drop('ann', '--json'));
    // Nothing is processed here.
    await put('quiet', 'ann/one.wav', wav(2000));
    await put('quiet', 'ann/result.json', dropped?.result ?? {});
    await put('quiet', 'ann/manifest.json', { name: 'Another' });
    const again = await run('drop', 'ann', `s3://quiet/${prefix}`, '--no-wait', '--yes');
    expect(again.stdout).toMatch(/\tuploaded\t/m);
    expect(uploads()).toEqual([`PUT /quiet/${prefix}ann/manifest.json`]);
  });

  it('uploads the manifest again when there is no voice', async ({ drop, uploads, voiceFolder }) => {
    await voiceFolder('ann', { subOrganizationId: 'not-allowed' });
    await drop('ann');
    expect((await drop('ann')).exitCode).toBe(1);
    expect(uploads()).toEqual(['ann/manifest.json']);
  });

  it('recognizes what is there by SHA-256 when the ETag says nothing, as with KMS', async ({
    drop,
    proxy,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann', {}, samples);
    expect((await drop('ann')).exitCode).toBe(0);
    proxy.intercept = (_request, query) => {
      const isOfKms = (list: string) => list.replaceAll(/(<ETag>&quot;)[^&]+/g, '$1of-kms');
      return query.has('list-type') ? { change: isOfKms } : 'pass';
    };
    expect((await drop('ann', '--no-wait', '--yes')).exitCode).toBe(0);
    expect(uploads()).toEqual(['ann/manifest.json']);
    // It also detects a difference.
    await writeFile(join(path, 'short.wav'), changed);
    await drop('ann', '--no-wait', '--yes');
    expect(uploads()).toEqual(['ann/short.wav', 'ann/manifest.json']);
  });

  it('recognizes a file of exactly one part that the AWS CLI sent in parts', async ({
    prefix,
    proxy,
    put,
    run,
    voiceFolder,
  }) => {
    const whole = wav(PART_BYTES);
    await put('quiet', 'ann/one.wav', whole);
    const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
    const inParts = (list: string) =>
      list.replace(/(<ETag>&quot;)[^&]+/, `$1${md5(md5(whole)).toString('hex')}-1`);
    proxy.intercept = (_request, query) => (query.has('list-type') ? { change: inParts } : 'pass');
    const path = await voiceFolder('ann', {}, { 'one.wav': whole });
    const { stdout } = await run('drop', path, `s3://quiet/${prefix}`, '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ folders: [{ uploads: [{ file: `${path}/manifest.json` }] }] });
  });

  it('uploads a changed sample of the same size, and prints the new voice', async ({
    drop,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann');
    const first = await drop('ann', '--json');
    await writeFile(join(path, 'one.wav'), changed);
    const second = await drop('ann', '--json', '--yes');
    expect(uploads()).toEqual(['ann/one.wav', 'ann/manifest.json']);
    expect(second.exitCode).toBe(0);
    expect(idOf(second)).not.toBe(idOf(first));
  });

  it('refuses a voice folder as the place, and to clone from recordings that only the bucket has', async ({
    drop,
    place,
    run,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann');
    expect((await drop('ann')).exitCode).toBe(0);
    const inside = await run('drop', 'ann', `${place}/ann/`);
    expect(inside.exitCode).toBe(2);
    expect(inside.stderr).toMatch(
      `error: ${place}/ann/ is a voice folder itself: drop to the folder above it, ${place}/\n`,
    );
    expect(uploads()).toEqual([]);
    await rm(join(path, 'one.wav'));
    const { exitCode, stderr } = await drop('ann');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/holds recordings that the folder does not.*: one\.wav\./);
    expect(uploads()).toEqual([]);
  });
});
