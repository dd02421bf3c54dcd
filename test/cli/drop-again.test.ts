import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import { PART_BYTES } from '../../cli/drop/content.ts';
import { parsed } from '../support/drop-report.ts';
import { it } from '../support/program-test.ts';
import { wav } from '../support/wav.ts';

function idOf(output: { stdout: string }): string | undefined {
  return parsed(output)[0]?.result?.voices?.[0]?.id;
}

describe('drop, repeated', () => {
  it('leaves a folder alone whose voice was cloned from the same files, and prints the voice', async ({
    proxy,
    place,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder(
      'ann',
      {},
      { 'short.wav': wav(2000), 'long.wav': wav(2 * PART_BYTES + 5000) },
    );
    const first = await run('drop', path, place, '--json');
    const before = proxy.requests.length;
    const second = await run('drop', path, place, '--json');
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toBe('ann: nothing has changed since its voice was cloned\n');
    expect(idOf(first)).toBeTypeOf('string');
    expect(idOf(second)).toBe(idOf(first));
    expect((await run('drop', path, place, '--dry-run')).stdout).toMatch(/^Nothing to upload/);
    expect(uploads(before)).toEqual([]);
  });

  it('names a recording that was added, and that the manifest does not list', async ({
    place,
    run,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann', { files: ['one.wav'] }, { 'one.wav': wav(2000) });
    await run('drop', path, place);
    await voiceFolder('ann', { files: ['one.wav'] }, { 'two.wav': wav(3000) });
    expect((await run('drop', 'ann', place)).stderr).toBe(
      'ann/two.wav is not used: "files" does not list it\nann: nothing has changed since its voice was cloned\n',
    );
  });

  it('uploads no sample that is there, and makes no second voice, when the result was deleted', async ({
    pipeline,
    proxy,
    prefix,
    place,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder(
      'ann',
      {},
      { 'short.wav': wav(2000), 'long.wav': wav(2 * PART_BYTES + 5000) },
    );
    const first = await run('drop', path, place, '--json');
    await pipeline.s3.send(
      new DeleteObjectCommand({ Bucket: pipeline.bucket, Key: `${prefix}ann/result.json` }),
    );
    const before = proxy.requests.length;
    const second = await run('drop', path, place, '--json', '-v');
    expect(second.exitCode).toBe(0);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
    expect(second.stderr).toMatch('= ann/long.wav unchanged\n');
    expect(idOf(second)).toBe(idOf(first));
  });

  it('uploads the manifest again when somebody changed it in the bucket', async ({
    pipeline,
    proxy,
    prefix,
    place,
    put,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder('ann', { name: 'The first' });
    await run('drop', path, place);
    const isCloned = pipeline.nextResult(`${prefix}ann/manifest.json`);
    await put('voices', 'ann/manifest.json', { name: 'Another' });
    await isCloned;
    const before = proxy.requests.length;
    const again = await run('drop', path, place, '--yes');
    expect(again.stdout).toMatch(/\tsucceeded\tThe first\t/);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
  });

  it('uploads the manifest again when the result is about other files than are there now', async ({
    place,
    proxy,
    put,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder('ann');
    await run('drop', path, place);
    // Nobody is told of a sample alone: the result stays.
    const other = wav(2000).fill(7, 1000);
    await writeFile(join(path, 'one.wav'), other);
    await put('voices', 'ann/one.wav', other);
    const before = proxy.requests.length;
    expect((await run('drop', path, place, '--yes')).exitCode).toBe(0);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
  });

  it('uploads the manifest again when the bucket has another that was not processed yet', async ({
    place,
    prefix,
    proxy,
    put,
    run,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann', {}, { 'one.wav': wav(2000) });
    const [dropped] = parsed(await run('drop', path, place, '--json'));
    // Nothing is processed here.
    await put('quiet', 'ann/one.wav', wav(2000));
    await put('quiet', 'ann/result.json', dropped?.result ?? {});
    await put('quiet', 'ann/manifest.json', { name: 'Another' });
    const before = proxy.requests.length;
    const again = await run('drop', path, `s3://quiet/${prefix}`, '--no-wait', '--yes');
    expect(again.stdout).toMatch(/\tuploaded\t/m);
    expect(uploads(before)).toEqual([`PUT /quiet/${prefix}ann/manifest.json`]);
  });

  it('uploads the manifest again when there is no voice', async ({
    proxy,
    place,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder('ann', { subOrganizationId: 'not-allowed' });
    await run('drop', path, place);
    const before = proxy.requests.length;
    expect((await run('drop', path, place)).exitCode).toBe(1);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
  });

  it('recognizes what is there by SHA-256 when the ETag says nothing, as with KMS', async ({
    proxy,
    place,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder('ann', {}, { 'short.wav': wav(2000), 'long.wav': wav(PART_BYTES + 5000) });
    expect((await run('drop', path, place)).exitCode).toBe(0);
    proxy.intercept = (_request, query) => {
      const isOfKms = (list: string) => list.replaceAll(/(<ETag>&quot;)[^&]+/g, '$1of-kms');
      return query.has('list-type') ? { change: isOfKms } : 'pass';
    };
    const before = proxy.requests.length;
    const again = await run('drop', path, place, '--no-wait', '--yes');
    expect(again.exitCode).toBe(0);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
    // It also detects a difference.
    await writeFile(join(path, 'short.wav'), wav(2000).fill(7, 1000));
    await run('drop', path, place, '--no-wait', '--yes');
    expect(uploads(before)).toEqual(['ann/manifest.json', 'ann/short.wav', 'ann/manifest.json']);
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
    proxy,
    place,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder('ann');
    const first = await run('drop', path, place, '--json');
    await writeFile(join(path, 'one.wav'), wav(2000).fill(7, 1000));
    const before = proxy.requests.length;
    const second = await run('drop', path, place, '--json', '--yes');
    expect(uploads(before)).toEqual(['ann/one.wav', 'ann/manifest.json']);
    expect(second.exitCode).toBe(0);
    expect(idOf(second)).not.toBe(idOf(first));
  });

  it('refuses a voice folder as the place: it would make another voice in there', async ({
    proxy,
    place,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder('ann');
    expect((await run('drop', path, place)).exitCode).toBe(0);
    const before = proxy.requests.length;
    const { exitCode, stderr } = await run('drop', path, `${place}/ann/`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      `error: ${place}/ann/ is a voice folder itself: drop to the folder above it, ${place}/\n`,
    );
    expect(uploads(before)).toEqual([]);
  });

  it('refuses to have a voice cloned from recordings that only the bucket has', async ({
    proxy,
    place,
    run,
    voiceFolder,
    uploads,
  }) => {
    const path = await voiceFolder('ann');
    expect((await run('drop', path, place)).exitCode).toBe(0);
    await rm(join(path, 'one.wav'));
    const before = proxy.requests.length;
    const { exitCode, stderr } = await run('drop', path, place);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/holds recordings that the folder does not.*: one\.wav\./);
    expect(uploads(before)).toEqual([]);
  });
});
