import { createHash } from 'node:crypto';
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import { PART_BYTES } from '../../cli/drop/content.ts';
import { parsed } from '../support/drop-report.ts';
import { it as base, MANIFEST } from '../support/program-test.ts';
import { resultOf } from '../support/result.ts';
import type { Fault } from '../support/s3-proxy.ts';
import { wav } from '../support/wav.ts';

const it = base.extend(
  'dropAndFind',
  ({ prefix, proxy, put, run, voiceFolder }) =>
    async (
      about: Record<string, unknown> & { manifest: { key: string } },
      when: 'before' | 'after',
    ): Promise<string | undefined> => {
      const result = { ...about, manifest: { ...about.manifest, key: prefix + about.manifest.key } };
      if (when === 'before') await put('quiet', 'ann/result.json', result);
      proxy.intercept = async (request): Promise<Fault> => {
        if (when === 'after' && request === `PUT /quiet/${prefix}ann/manifest.json`) {
          await put('quiet', 'ann/result.json', result);
        }
        return 'pass';
      };
      const path = await voiceFolder('ann');
      const output = await run('drop', path, `s3://quiet/${prefix}`, '--json', '--timeout', '1');
      return parsed(output)[0]?.status;
    },
);

// All of these wait, so they run at the same time.
describe.concurrent('the result of this upload', () => {
  const manifest = { key: 'ann/manifest.json', etag: createHash('md5').update(MANIFEST).digest('hex') };
  const samples = [
    { name: 'one.wav', size: 2000 },
    { name: 'two.wav', size: 3000 },
  ];
  const finishedAt = '2020-01-01T00:00:00Z';
  const succeeded = resultOf(manifest, { status: 'succeeded', voices: [], samples, finishedAt });
  const error = { code: 'NO_SAMPLES', message: 'None.' };
  const failed = resultOf(manifest, { status: 'failed', error, samples, finishedAt });

  it('is one written after it, even about an older voice', async ({ dropAndFind }) => {
    expect(await dropAndFind(succeeded, 'after')).toBe('succeeded');
    expect(await dropAndFind({ ...failed, finishedAt: '2100-01-01T00:00:00Z' }, 'after')).toBe('failed');
  });

  it.for([
    ['that was there before', succeeded, 'before'],
    ['of a failure before it: the function tries again', failed, 'after'],
    [
      'of somebody who dropped another folder of that name in the same second',
      { ...succeeded, samples: [{ name: 'two.wav', size: 2000 }] },
      'after',
    ],
    ['of other samples', { ...succeeded, samples: [{ name: 'one.wav', size: 1999 }] }, 'after'],
    ['of another manifest', { ...succeeded, manifest: { ...manifest, etag: 'other' } }, 'after'],
    ['of another folder', { ...succeeded, manifest: { ...manifest, key: 'bob/manifest.json' } }, 'after'],
  ] as const)('is not one %s', async ([_what, result, when], { dropAndFind }) => {
    expect(await dropAndFind(result, when)).toBe('uploaded');
  });
});

describe.concurrent('while it waits', () => {
  it('says after --timeout that there is no result yet, and exits with 1', async ({
    drop,
    proxy,
    voiceFolder,
  }) => {
    proxy.intercept = (request) => (request.endsWith('/result.json') ? { status: 404 } : 'pass');
    const { exitCode, stdout, stderr } = await drop(await voiceFolder('ann'), '--timeout', '1');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/\/ann\/\tuploaded\t/m);
    expect(stderr).toMatch(/^error: ann: there is no result yet.*callers-voice-clone status/m);
  });

  it('says so when somebody uploads another manifest meanwhile', async ({
    drop,
    pipeline,
    proxy,
    put,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder('ann');
    const another = '{"name":"Another voice"}';
    const etag = createHash('md5').update(another).digest('hex');
    const isOver = new Promise<void>((resolve) => {
      pipeline.results.on('result', (_key, { manifest }) => manifest.etag === etag && resolve());
    });
    let isReplaced = false;
    proxy.intercept = async (request): Promise<Fault> => {
      // It first looks before it uploads its manifest.
      if (!request.endsWith('/result.json') || !uploads().includes('ann/manifest.json')) return 'pass';
      if (!isReplaced) {
        isReplaced = true;
        await put('voices', 'ann/manifest.json', another);
      }
      await isOver;
      return 'pass';
    };
    const { exitCode, stderr } = await drop(path);
    expect(stderr).toMatch(/^error: ann: somebody uploaded another manifest meanwhile/m);
    expect(exitCode).toBe(1);
  });

  it('tells what the function waits for', async ({ place, proxy, put, remove, start, voiceFolder }) => {
    const path = await voiceFolder('ann', { files: ['one.wav', 'two.wav'] });
    proxy.intercept = async (request): Promise<Fault> => {
      if (request.startsWith('PUT') && request.endsWith('/manifest.json')) {
        await remove('ann/one.wav');
      }
      return 'pass';
    };
    const program = start('drop', path, place);
    await program.says('ann: waiting for one.wav');
    await put('voices', 'ann/one.wav', wav(2000));
    expect(await program.ends()).toBe(0);
  });
});

describe.concurrent('Ctrl-C', () => {
  it('in the middle of an upload leaves nothing half-uploaded; then only the rest is uploaded', async ({
    drop,
    head,
    pipeline,
    place,
    prefix,
    proxy,
    start,
    uploads,
    voiceFolder,
  }) => {
    const path = await voiceFolder(
      'ann',
      {},
      { 'short.wav': wav(2000), 'long.wav': wav(2 * PART_BYTES + 5000) },
    );
    const begun = new Set<string>();
    const held = Promise.withResolvers<void>();
    proxy.intercept = (request, query) => {
      const uploadId = query.get('uploadId');
      if (uploadId !== null) begun.add(uploadId);
      if (query.get('partNumber') !== '2' || request.startsWith('DELETE')) return 'pass';
      held.resolve();
      return 'never-answer';
    };
    const program = start('drop', path, place, '-v');
    await held.promise;
    await program.says('↑ ann/short.wav');
    program.child.kill('SIGINT');
    expect(await program.ends()).toBe(130);
    expect(program.stderr).toMatch(/interrupted: the manifest was not uploaded, so nothing is cloned/);
    expect(await head('voices', 'ann/manifest.json')).toBe('NotFound');
    expect(await head('voices', 'ann/long.wav')).toBe('NotFound');

    expect(begun.size).toBe(1);
    for (const UploadId of begun) {
      const Key = `${prefix}ann/long.wav`;
      const abort = new AbortMultipartUploadCommand({ Bucket: pipeline.bucket, Key, UploadId });
      await expect(pipeline.s3.send(abort)).rejects.toMatchObject({ name: 'NoSuchUpload' });
    }

    proxy.intercept = () => 'pass';
    expect((await drop(path)).exitCode).toBe(0);
    expect(new Set(uploads())).toEqual(new Set(['ann/long.wav', 'ann/manifest.json']));
  });

  it('while it waits says that the clone continues', async ({ place, proxy, start, voiceFolder }) => {
    const path = await voiceFolder('ann');
    const waiting = Promise.withResolvers<void>();
    let looks = 0;
    proxy.intercept = (request) => {
      if (!request.endsWith('/result.json')) return 'pass';
      if (++looks === 3) waiting.resolve();
      return { status: 404 };
    };
    const program = start('drop', path, place, '--json');
    await waiting.promise;
    program.child.kill('SIGINT');
    expect(await program.ends()).toBe(130);
    const message = expect.stringMatching(
      /the clone continues, and callers-voice-clone status shows it/,
    ) as string;
    expect(parsed(program)).toMatchObject([{ status: 'uploaded', error: { code: 'INTERRUPTED', message } }]);
  });
});
