import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { it as base } from 'vitest';
import { startLocalPipeline } from '../../cli/local/pipeline.ts';
import { localAwsVariables } from '../../emulators/aws.ts';
import { callersVoice, startCallersVoice } from './callers-voice.ts';
import { builtFunction } from './program.ts';
import { resultOf } from './result.ts';
import { startS3Proxy } from './s3-proxy.ts';
import { startOnTerminal, type TerminalProgram } from './terminal.ts';
import { amelia } from './voice.ts';
import { wav } from './wav.ts';

const NAME = 'A good voice';
/** A valid manifest. */
export const MANIFEST = JSON.stringify({ name: NAME });

type Bucket = 'voices' | 'quiet';

let tests = 0;

/**
 * `it` for what the program does in S3. Each test file has a bucket that clones, `voices`, and one that does not, `quiet`. Each test
 * has a proxy that injects faults, a local folder, and a prefix for its keys.
 */
export const it = base
  .extend('pipeline', { scope: 'file' }, async ({}, { onCleanup }) => {
    const environment = { SETTLE_SECONDS: '0', SUB_ORGANIZATIONS: '[]' };
    const pipeline = await startLocalPipeline({
      port: 0,
      environment,
      bundleFolder: builtFunction,
      cloneMilliseconds: 0,
    });
    onCleanup(() => pipeline.close());
    await pipeline.s3.send(new CreateBucketCommand({ Bucket: 'quiet' }));
    return pipeline;
  })
  .extend('proxy', async ({ pipeline }, { onCleanup }) => {
    const proxy = await startS3Proxy(pipeline.endpoint);
    onCleanup(() => proxy.close());
    return proxy;
  })
  .extend('home', async ({}, { onCleanup }) => {
    const home = await mkdtemp(join(tmpdir(), 'callers-voice-'));
    onCleanup(() => rm(home, { recursive: true }));
    return home;
  })
  .extend('prefix', () => `test-${++tests}/`)
  /** Where folders are dropped to be cloned. */
  .extend('place', ({ prefix }) => `s3://voices/${prefix.slice(0, -1)}`)
  .extend('environment', ({ proxy }): Record<string, string> => ({
    ...localAwsVariables,
    AWS_ENDPOINT_URL_S3: proxy.url,
  }))
  /** Runs the program to its end, in `home`. */
  .extend('run', ({ environment, home, proxy }) => (...args: string[]) => {
    proxy.requests.length = 0;
    return callersVoice(args, environment, home);
  })
  /** Drops a folder to be cloned. */
  .extend('drop', ({ place, run }) => (folder: string, ...args: string[]) => {
    return run('drop', folder, place, ...args);
  })
  .extend('started', ({}, { onCleanup }) => {
    const started: { kill(signal: NodeJS.Signals): unknown }[] = [];
    onCleanup(() => started.forEach((program) => void program.kill('SIGKILL')));
    return started;
  })
  .extend('start', ({ environment, home, proxy, started }) => (...args: string[]) => {
    proxy.requests.length = 0;
    const program = startCallersVoice(args, environment, home);
    started.push(program.child);
    return program;
  })
  /** Writes a voice folder, with short samples unless others are passed. @returns its path */
  .extend(
    'voiceFolder',
    ({ home }) =>
      async (
        name: string,
        manifest: object = {},
        samples: Record<string, Buffer> = { 'one.wav': wav(2000), 'two.wav': wav(3000) },
      ): Promise<string> => {
        const path = join(home, name);
        await mkdir(path, { recursive: true });
        await writeFile(join(path, 'manifest.json'), JSON.stringify({ name: NAME, ...manifest }));
        for (const [sample, bytes] of Object.entries(samples)) await writeFile(join(path, sample), bytes);
        return path;
      },
  )
  /** What was uploaded since the program was last started; each part counts. Names in `place` are relative. */
  .extend('uploads', ({ proxy, prefix }) => (): string[] => {
    const puts = proxy.requests.filter((request) => request.startsWith('PUT '));
    return puts.map((request) => request.replace(`PUT /voices/${prefix}`, ''));
  })
  /** Starts the program on a pseudo-terminal, in `home`. */
  .extend(
    'startOnTerminal',
    ({ environment, home, proxy, started }) =>
      (args: string[], columns = 80, more: Record<string, string> = {}): TerminalProgram => {
        proxy.requests.length = 0;
        const options = { environment: { ...environment, ...more }, columns, cwd: home };
        const program = startOnTerminal(args, options);
        started.push(program);
        return program;
      },
  )
  /** What S3 says of an object below the test's prefix, or the name of its error. */
  .extend('head', ({ pipeline, prefix }) => (bucket: Bucket, name: string) => {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: prefix + name });
    return pipeline.s3.send(command).catch((error: Error) => error.name);
  })
  /** Deletes an object below the test's prefix from the bucket that clones. */
  .extend('remove', ({ pipeline, prefix }) => async (name: string): Promise<void> => {
    await pipeline.s3.send(new DeleteObjectCommand({ Bucket: pipeline.bucket, Key: prefix + name }));
  })
  /** Writes an object below the test's prefix. @returns its ETag, without quotes */
  .extend(
    'put',
    ({ pipeline, prefix }) =>
      async (bucket: Bucket, name: string, body: object | string | Buffer, more = {}): Promise<string> => {
        const Body = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
        const command = new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body, ...more });
        return (await pipeline.s3.send(command)).ETag?.replaceAll('"', '') ?? '';
      },
  )
  /** Writes a folder with this outcome to the bucket `quiet`. @returns its URL */
  .extend('ended', ({ prefix, put }) => async (status: Ended): Promise<string> => {
    const more = { Metadata: { samples: '1' }, ContentType: 'application/json' };
    await put('quiet', 'manifest.json', MANIFEST, more);
    await put('quiet', 'result.json', endedAs(status, `${prefix}manifest.json`));
    return `s3://quiet/${prefix}`;
  });

type Ended = 'succeeded' | 'failed' | 'unknown' | 'cloning';

function endedAs(status: Ended, key: string) {
  return resultOf(
    { key, etag: createHash('md5').update(MANIFEST).digest('hex') },
    {
      status,
      ...(status === 'cloning' && { message: 'The voice is being made.', since: '2026-11-22T20:15:03.155Z' }),
      ...(status === 'succeeded'
        ? { voices: [{ ...amelia, id: 'id-1', voiceId: 'v-1', name: NAME }] }
        : {
            error: {
              code: status === 'failed' ? 'INVALID_MANIFEST' : 'OUTCOME_UNKNOWN',
              message: 'Mend manifest.json.',
              issues: [{ path: 'name', message: 'must have at least 5 characters' }],
              apiMessage: 'Bad Request\u001b[2J',
              httpStatus: 400,
            },
          }),
      samples: [{ name: 'one.wav', size: 2048 }],
      upload: '00',
    },
  );
}
