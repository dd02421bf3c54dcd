import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { SuccessfulResult } from '../../voice-folder/result.ts';
import { it, MANIFEST } from '../support/program-test.ts';
import { resultOf } from '../support/result.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { wav } from '../support/wav.ts';

describe('retry', () => {
  it('of a failed folder shows the error, then uploads its manifest again', async ({
    ended,
    head,
    prefix,
    run,
    uploads,
  }) => {
    const url = await ended('failed');
    const { exitCode, stdout, stderr } = await run('retry', url, '--no-wait');
    expect(stderr).toMatch(
      /^failed .*\n\nError +INVALID_MANIFEST\nMend manifest\.json\.\n[\s\S]*test-\d+: uploaded the manifest again\n$/,
    );
    expect(stdout).toMatch(/^FOLDER\tSTATUS\t.*\ns3:\/\/quiet\/test-\d+\/\tuploaded\t\t\n$/);
    expect(exitCode).toBe(0);
    expect(uploads()).toEqual([`PUT /quiet/${prefix}manifest.json`]);
    expect(await head('quiet', 'manifest.json')).toMatchObject({
      Metadata: { samples: '1' },
      ContentType: 'application/json',
    });
  });

  it('of a fixed folder waits for the new result and prints the voice', async ({
    pipeline,
    prefix,
    put,
    run,
  }) => {
    await put('voices', 'one.wav', '<!doctype html><title>No recording</title>');
    const result = pipeline.nextResult(`${prefix}manifest.json`);
    await put('voices', 'manifest.json', MANIFEST);
    expect(await result).toMatchObject({ error: { code: 'NOT_AUDIO' } });
    await put('voices', 'one.wav', wav(2000));
    const { exitCode, stdout, stderr } = await run('retry', `s3://voices/${prefix}`);
    expect(stderr).toMatch(
      /^failed .*\n\nError +NOT_AUDIO\n[\s\S]*: uploaded the manifest again\n[\s\S]*succeeded\n$/,
    );
    expect(stdout).toMatch(/\tsucceeded\tA good voice\t\S+\n$/);
    expect(exitCode).toBe(0);
  });

  it('of an unknown outcome requires a confirmation', async ({ ended, run, start, uploads }) => {
    const url = await ended('unknown');
    const first = start('retry', url, '--no-wait');
    expect(await first.ends()).toBe(1);
    expect(first.stderr).toMatch(
      /OUTCOME_UNKNOWN[\s\S]*error: A voice may already exist.*check your voices.*--voice-not-in-callers/,
    );
    expect(uploads()).toEqual([]);
    expect((await run('retry', url, '--no-wait', '--voice-not-in-callers', '--quiet')).exitCode).toBe(0);
    expect(uploads()).toHaveLength(1);
  });

  it('--again of a folder that has its voice makes another one, once, however often it is named', async ({
    pipeline,
    prefix,
    put,
    run,
    uploads,
  }) => {
    const url = `s3://voices/${prefix}`;
    await put('voices', 'one.wav', wav(2000));
    const first = pipeline.nextResult(`${prefix}manifest.json`);
    await put('voices', 'manifest.json', MANIFEST);
    const { voices } = (await first) as SuccessfulResult;
    const refused = await run('retry', url);
    expect(refused.stderr).toMatch(/already has its voice.*retry --again/);
    const second = pipeline.nextResult(`${prefix}manifest.json`);
    const { exitCode, stderr, stdout } = await run('retry', url, `${url}manifest.json`, '--again');
    expect(uploads()).toHaveLength(1);
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/each voice that is made is billed/)]);
    expect(stdout).toMatch(/\tsucceeded\tA good voice\t/);
    expect(await second).toMatchObject({
      status: 'succeeded',
      earlier: [{ voices: [{ id: voices[0]?.id }] }],
    });
  });

  it.for([
    ['that has its voice', 'succeeded', /already has its voice: nothing to retry/],
    ['that is still in progress', 'inProgress', /has not finished \(being cloned\)/],
    ['that is none', 'missing', /There is no voice folder at or below/],
    ['without a result to ask for another voice', 'noResult', /retry without it first/, '--again'],
  ] as const)(
    'refuses a folder %s',
    async ([_what, state, message, ...options], { ended, prefix, put, run, uploads }) => {
      if (state === 'noResult') await put('quiet', 'manifest.json', MANIFEST);
      if (state === 'succeeded') await ended('succeeded');
      if (state === 'inProgress') await ended('cloning');
      const { exitCode, stdout, stderr } = await run('retry', `s3://quiet/${prefix}`, ...options);
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(message);
      expect(uploads()).toEqual([]);
    },
  );

  it('of a folder that still says that it waits, hours too late, uploads its manifest again', async ({
    prefix,
    put,
    run,
    uploads,
  }) => {
    const etag = await put('quiet', 'manifest.json', MANIFEST);
    const until = new Date(Date.now() - 3 * 60 * 60_000).toISOString();
    const waiting = { status: 'waiting', message: 'Waiting.', missing: ['a.mp3'], until };
    const about = { manifest: { key: `${prefix}manifest.json`, etag }, upload: '00', requestId: 'r' };
    await put('quiet', 'result.json', { ...waiting, ...about });
    const { stdout } = await run('status', `s3://quiet/${prefix}`, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ folders: [{ status: 'waiting', isOverdue: true }] });
    expect((await run('retry', `s3://quiet/${prefix}`, '--no-wait')).exitCode).toBe(0);
    expect(uploads()).toEqual([`PUT /quiet/${prefix}manifest.json`]);
  });

  it('of a folder behind an access point says nothing that only the name of the bucket can prove', async ({
    pipeline,
    prefix,
    run,
  }) => {
    const Bucket = 'point-metadata-s3alias';
    const [Key, url] = [`${prefix}manifest.json`, `s3://${Bucket}/${prefix}`];
    await pipeline.s3.send(new CreateBucketCommand({ Bucket }));
    const { ETag = '' } = await pipeline.s3.send(new PutObjectCommand({ Bucket, Key, Body: MANIFEST }));
    const result = resultOf(
      { key: Key, etag: ETag.replaceAll('"', '') },
      { status: 'failed', error: { code: 'GAVE_UP', message: 'Why.' } },
    );
    const Body = JSON.stringify(result);
    await pipeline.s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}result.json`, Body }));
    expect((await run('retry', url, '--no-wait')).exitCode).toBe(0);
    expect((await pipeline.s3.send(new HeadObjectCommand({ Bucket, Key }))).Metadata).toEqual({});
    expect(await run('retry', url, '--again')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/is an access point: with --again, name the bucket itself/),
    });
  });

  it('does not overwrite a manifest that somebody is fixing at the same time', async ({
    ended,
    proxy,
    put,
    run,
  }) => {
    const url = await ended('failed');
    proxy.intercept = async (request): Promise<Fault> => {
      if (request.startsWith('PUT')) await put('quiet', 'manifest.json', '{"name":"Mended by somebody"}');
      return 'pass';
    };
    const { exitCode, stderr } = await run('retry', url);
    expect(stderr).toMatch(/error: .*The manifest was changed meanwhile/);
    expect(exitCode).toBe(1);
  });
});
