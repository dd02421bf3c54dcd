import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { localAwsVariables } from '../../emulators/aws.ts';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import { callersVoice, type CallersVoice, startCallersVoice } from '../support/callers-voice.ts';
import { type Fault, type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts';
import { closedPort } from '../support/servers.ts';
import { wav } from '../support/wav.ts';

const PART = 8 * 1024 ** 2;

let pipeline: LocalPipeline;
let proxy: S3Proxy;
let home: string;
let running: CallersVoice[] = [];
let tests = 0;
/** Where this test drops its folders. */
let place: string;

beforeAll(async () => {
  const environment = { SETTLE_SECONDS: '0', SUB_ORGANIZATIONS: '[]' };
  pipeline = await startLocalPipeline({ port: 0, environment, cloneMilliseconds: 0 });
});
afterAll(async () => pipeline.close());

beforeEach(async () => {
  proxy = await startS3Proxy(pipeline.endpoint);
  home = await mkdtemp(join(tmpdir(), 'callers-voice-'));
  place = `s3://voices/test-${++tests}`;
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  running = [];
  await proxy.close();
  await rm(home, { recursive: true });
});

function aws(endpoint = proxy.url): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    ...localAwsVariables,
  };
}

function drop(...args: string[]) {
  return callersVoice(['drop', ...args], aws());
}

function startDrop(...args: string[]): CallersVoice {
  const program = startCallersVoice(['drop', ...args], aws());
  running.push(program);
  return program;
}

/** A folder with these samples, or short ones. */
async function voiceFolder(
  name: string,
  manifest: object = {},
  samples: Record<string, Buffer> = { 'one.wav': wav(2000), 'two.wav': wav(3000) },
): Promise<string> {
  const path = join(home, name);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'manifest.json'), JSON.stringify({ name: 'A good voice', ...manifest }));
  for (const [sample, bytes] of Object.entries(samples)) await writeFile(join(path, sample), bytes);
  return path;
}

/** What was uploaded since the beginning, or since that many requests; parts count singly. */
function uploads(since = 0): string[] {
  const prefix = `PUT /${place.slice('s3://'.length)}/`;
  return proxy.requests
    .slice(since)
    .filter((request) => request.startsWith(prefix))
    .map((request) => request.slice(prefix.length));
}

interface Report {
  folders: {
    folder: string;
    url: string;
    status: string;
    error?: string;
    problems?: object[];
    result?: { voices?: { id: string }[]; error?: { code: string } };
  }[];
}

function parsed({ stdout }: { stdout: string }): Report['folders'] {
  return (JSON.parse(stdout) as Report).folders;
}

function idOf(output: { stdout: string }): string | undefined {
  return parsed(output)[0]?.result?.voices?.[0]?.id;
}

function keyOf(name: string): string {
  return `${place.slice('s3://voices/'.length)}/${name}`;
}

/** Resolves once standard error contains that. */
async function says(program: CallersVoice, what: string): Promise<void> {
  while (!program.stderr.includes(what)) await once(program.child.stderr ?? program.child, 'data');
}

async function head(name: string) {
  const Key = keyOf(name);
  return pipeline.s3
    .send(new HeadObjectCommand({ Bucket: pipeline.bucket, Key }))
    .catch((error: Error) => error.name);
}

describe('drop', () => {
  it('uploads the manifest after the samples, and prints the voices', async () => {
    const ann = await voiceFolder('ann', { name: 'Ann, receptionist' });
    const bob = await voiceFolder('bob', { name: 'Bob, night shift', files: ['two.wav'] });
    const { exitCode, stdout, stderr } = await drop(ann, bob, place);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^FOLDER +STATUS +VOICE +ID$/),
      expect.stringMatching(/^s3:\/\/voices\/test-1\/ann\/ {2}succeeded {2}Ann, receptionist {2}\S+$/),
      expect.stringMatching(/^s3:\/\/voices\/test-1\/bob\/ {2}succeeded {2}Bob, night shift {3}\S+$/),
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
    expect(order.indexOf('ann/manifest.json')).toBeGreaterThan(order.indexOf('ann/one.wav'));
    expect(order.indexOf('ann/manifest.json')).toBeGreaterThan(order.indexOf('ann/two.wav'));
    expect(order.indexOf('bob/manifest.json')).toBeGreaterThan(order.indexOf('bob/two.wav'));
  });

  it('does not upload the manifest while a sample is on its way', async () => {
    const path = await voiceFolder('ann');
    const held = Promise.withResolvers<'pass'>();
    const other = Promise.withResolvers<void>();
    proxy.intercept = (request) => {
      if (request.endsWith('/one.wav') && request.startsWith('PUT')) return held.promise;
      if (request.endsWith('/two.wav') && request.startsWith('PUT')) other.resolve();
      return 'pass';
    };
    const program = startDrop(path, place);
    await other.promise;
    await says(program, '↑ ann/two.wav');
    expect(uploads().filter((name) => name.endsWith('.json'))).toEqual([]);
    held.resolve('pass');
    expect(await program.ends()).toBe(0);
    expect(uploads().at(-1)).toBe('ann/manifest.json');
  });

  it('uploads only what will be sent, and accepts spaces and umlauts in either Unicode form', async () => {
    const decomposed = 'Jörg Müller'.normalize('NFD');
    const path = await voiceFolder(
      decomposed,
      {},
      { [`${decomposed}.wav`]: wav(2000), '._one.wav': wav(100) },
    );
    await writeFile(join(path, 'notes.txt'), 'private');
    const { exitCode } = await drop(path, place);
    expect(exitCode).toBe(0);
    expect(uploads()).toEqual(['Jörg Müller/Jörg Müller.wav', 'Jörg Müller/manifest.json']);
  });

  it('takes a folder of folders', async () => {
    await voiceFolder('all/ann');
    await voiceFolder('all/bob');
    const output = await drop(join(home, 'all'), `${place}/`, '--no-wait', '--json');
    expect(parsed(output).map(({ url, status }) => [url, status])).toEqual([
      [`${place}/ann/`, 'uploaded'],
      [`${place}/bob/`, 'uploaded'],
    ]);
  });

  it('--json prints one document, with the result as it is in the bucket', async () => {
    const path = await voiceFolder('ann');
    const output = await drop(path, place, '--json');
    expect(JSON.parse(output.stdout)).toEqual({
      folders: [
        {
          folder: path,
          url: `${place}/ann/`,
          status: 'succeeded',
          result: expect.objectContaining({
            status: 'succeeded',
            voices: [expect.objectContaining({ name: 'A good voice' })],
            samples: [
              { name: 'one.wav', size: 2000 },
              { name: 'two.wav', size: 3000 },
            ],
          }) as object,
        },
      ],
    });
  });

  it('of several folders says which one has no voice and why, and exits with 1', async () => {
    const ann = await voiceFolder('ann');
    const bob = await voiceFolder('bob', { subOrganizationId: 'not-allowed' });
    const { exitCode, stdout, stderr } = await drop(ann, bob, place);
    expect(stdout).toMatch(/\/ann\/ +succeeded +A good voice /);
    expect(stdout).toMatch(/\/bob\/ +failed +INVALID_MANIFEST$/m);
    expect(stderr).toMatch(/^error: bob: INVALID_MANIFEST: .*\n {2}subOrganizationId is not allowed/m);
    expect(exitCode).toBe(1);
  });

  it('uploads nothing at all when one of the folders is invalid', async () => {
    const ann = await voiceFolder('ann');
    const bob = await voiceFolder('bob', { name: 'Bob', stabilty: 1 });
    const output = await drop(ann, bob, place, '--json');
    expect(output.exitCode).toBe(1);
    expect(proxy.requests).toEqual([]);
    expect(output.stderr).toMatch(/stabilty is not a known field/);
    expect(parsed(output)).toEqual([
      expect.objectContaining({ folder: ann, status: 'notUploaded' }),
      expect.objectContaining({ folder: bob, status: 'notUploaded' }),
    ]);
    expect(parsed(output)[1]?.problems).toContainEqual(expect.objectContaining({ path: 'name' }));
  });

  it('refuses a sample of 5 GB before anything is uploaded', async () => {
    const path = await voiceFolder('ann', {}, { 'huge.wav': wav(100) });
    await truncate(join(path, 'huge.wav'), 5 * 1024 ** 3);
    const { exitCode, stderr } = await drop(path, place);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/5368709120 bytes/);
    expect(proxy.requests).toEqual([]);
  });

  it('sends a part again that is lost on the way', async () => {
    const path = await voiceFolder('ann', {}, { 'long.wav': wav(PART + 5000) });
    let lost = 0;
    proxy.intercept = (_request, query) =>
      query.get('partNumber') === '2' && lost++ === 0 ? 'drop' : 'pass';
    const { exitCode } = await drop(path, place);
    expect(exitCode).toBe(0);
    expect(lost).toBe(2);
    expect(await head('ann/long.wav')).toMatchObject({ ContentLength: PART + 5000 });
  });

  it('--no-wait ends once all is uploaded', async () => {
    const { exitCode, stdout } = await drop(await voiceFolder('ann'), place, '--no-wait');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\/ann\/ +uploaded$/m);
    expect(uploads()).toContain('ann/manifest.json');
  });

  it('says after --timeout that there is no result yet, and exits with 1', async () => {
    proxy.intercept = (request) => (request.endsWith('/result.json') ? { status: 404 } : 'pass');
    const { exitCode, stdout, stderr } = await drop(await voiceFolder('ann'), place, '--timeout', '1');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/\/ann\/ +uploaded$/m);
    expect(stderr).toMatch(/^error: ann: there is no result yet.*callers-voice-clone status/m);
  });

  it('says so when somebody uploads another manifest meanwhile', async () => {
    const path = await voiceFolder('ann');
    const Body = '{"name":"Another voice"}';
    const etag = createHash('md5').update(Body).digest('hex');
    const isOver = new Promise<void>((resolve) => {
      pipeline.results.on('result', (_key, { manifest }) => manifest.etag === etag && resolve());
    });
    let isReplaced = false;
    proxy.intercept = async (request): Promise<Fault> => {
      // It first looks before it uploads its manifest.
      if (!request.endsWith('/result.json') || !uploads().includes('ann/manifest.json')) return 'pass';
      if (!isReplaced) {
        isReplaced = true;
        const Key = keyOf('ann/manifest.json');
        await pipeline.s3.send(new PutObjectCommand({ Bucket: pipeline.bucket, Key, Body }));
      }
      await isOver;
      return 'pass';
    };
    const { exitCode, stderr } = await drop(path, place);
    expect(stderr).toMatch(/^error: ann: somebody uploaded another manifest meanwhile/m);
    expect(exitCode).toBe(1);
  });

  it('tells what the function waits for', async () => {
    const path = await voiceFolder('ann', { files: ['one.wav', 'two.wav'] });
    const Key = keyOf('ann/one.wav');
    proxy.intercept = async (request): Promise<Fault> => {
      if (request.startsWith('PUT') && request.endsWith('/manifest.json')) {
        await pipeline.s3.send(new DeleteObjectCommand({ Bucket: pipeline.bucket, Key }));
      }
      return 'pass';
    };
    const program = startDrop(path, place);
    await says(program, 'ann: waiting for one.wav');
    await pipeline.s3.send(new PutObjectCommand({ Bucket: pipeline.bucket, Key, Body: wav(2000) }));
    expect(await program.ends()).toBe(0);
  });

  it('does not claim that the manifest arrived, or did not, when S3 does not answer', async () => {
    proxy.intercept = (request) =>
      request.startsWith('PUT') && request.endsWith('/manifest.json') ? 'commit-silently' : 'pass';
    const output = await drop(await voiceFolder('ann'), place, '--json');
    expect(output.exitCode).toBe(3);
    expect(parsed(output)).toEqual([
      expect.objectContaining({
        status: 'uploaded',
        error: expect.stringMatching(
          /^the manifest may have been uploaded, or not; callers-voice-clone/,
        ) as string,
      }),
    ]);
  });
});

describe('drop, repeated', () => {
  it('leaves a folder alone whose voice was cloned from the same files, and prints the voice', async () => {
    const path = await voiceFolder('ann', {}, { 'short.wav': wav(2000), 'long.wav': wav(2 * PART + 5000) });
    const first = await drop(path, place, '--json');
    const before = proxy.requests.length;
    const second = await drop(path, place, '--json');
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toMatch('ann: nothing has changed since its voice was cloned\n');
    expect(idOf(first)).toBeTypeOf('string');
    expect(idOf(second)).toBe(idOf(first));
    expect((await drop(path, place, '--dry-run')).stdout).toMatch(/^Nothing to upload/);
    expect(uploads(before)).toEqual([]);
  });

  it('uploads no sample that is there, and makes no second voice, when the result was deleted', async () => {
    const path = await voiceFolder('ann', {}, { 'short.wav': wav(2000), 'long.wav': wav(2 * PART + 5000) });
    const first = await drop(path, place, '--json');
    await pipeline.s3.send(
      new DeleteObjectCommand({ Bucket: pipeline.bucket, Key: keyOf('ann/result.json') }),
    );
    const before = proxy.requests.length;
    const second = await drop(path, place, '--json');
    expect(second.exitCode).toBe(0);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
    expect(second.stderr).toMatch('= ann/long.wav unchanged\n');
    expect(idOf(second)).toBe(idOf(first));
  });

  it('uploads the manifest again when somebody changed it in the bucket', async () => {
    const path = await voiceFolder('ann', { name: 'The first' });
    await drop(path, place);
    const Key = keyOf('ann/manifest.json');
    const isCloned = pipeline.nextResult(Key);
    const Body = JSON.stringify({ name: 'Another' });
    await pipeline.s3.send(new PutObjectCommand({ Bucket: pipeline.bucket, Key, Body }));
    await isCloned;
    const before = proxy.requests.length;
    const again = await drop(path, place);
    expect(again.stdout).toMatch(/ succeeded {2}The first /);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
  });

  it('uploads the manifest again when the result is about other files than are there now', async () => {
    const path = await voiceFolder('ann');
    await drop(path, place);
    const Key = keyOf('ann/one.wav');
    // Nobody is told of a sample alone: the result stays.
    const Body = wav(2000).fill(7, 1000);
    await writeFile(join(path, 'one.wav'), Body);
    await pipeline.s3.send(new PutObjectCommand({ Bucket: pipeline.bucket, Key, Body }));
    const before = proxy.requests.length;
    expect((await drop(path, place)).exitCode).toBe(0);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
  });

  it('uploads the manifest again when there is no voice', async () => {
    const path = await voiceFolder('ann', { subOrganizationId: 'not-allowed' });
    await drop(path, place);
    const before = proxy.requests.length;
    expect((await drop(path, place)).exitCode).toBe(1);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
  });

  it('recognizes what is there by SHA-256 when the ETag says nothing, as with KMS', async () => {
    const path = await voiceFolder('ann', {}, { 'short.wav': wav(2000), 'long.wav': wav(PART + 5000) });
    expect((await drop(path, place)).exitCode).toBe(0);
    await using kms = await otherEtags(proxy.url);
    const before = proxy.requests.length;
    const again = await callersVoice(['drop', path, place, '--no-wait'], aws(kms.url));
    expect(again.exitCode).toBe(0);
    expect(uploads(before)).toEqual(['ann/manifest.json']);
    // It also detects a difference.
    await writeFile(join(path, 'short.wav'), wav(2000).fill(7, 1000));
    await callersVoice(['drop', path, place, '--no-wait'], aws(kms.url));
    expect(uploads(before)).toEqual(['ann/manifest.json', 'ann/short.wav', 'ann/manifest.json']);
  });

  it('uploads a changed sample of the same size, and prints the new voice', async () => {
    const path = await voiceFolder('ann');
    const first = await drop(path, place, '--json');
    await writeFile(join(path, 'one.wav'), wav(2000).fill(7, 1000));
    const before = proxy.requests.length;
    const second = await drop(path, place, '--json');
    expect(uploads(before)).toEqual(['ann/one.wav', 'ann/manifest.json']);
    expect(second.exitCode).toBe(0);
    expect(idOf(second)).not.toBe(idOf(first));
  });

  it('refuses a voice folder as the place: it would make another voice in there', async () => {
    const path = await voiceFolder('ann');
    expect((await drop(path, place)).exitCode).toBe(0);
    const before = proxy.requests.length;
    const { exitCode, stderr } = await drop(path, `${place}/ann/`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      `error: ${place}/ann/ is a voice folder itself: drop to the folder above it, ${place}/\n`,
    );
    expect(uploads(before)).toEqual([]);
  });

  it('refuses to have a voice cloned from recordings that only the bucket has', async () => {
    const path = await voiceFolder('ann');
    expect((await drop(path, place)).exitCode).toBe(0);
    await rm(join(path, 'one.wav'));
    const before = proxy.requests.length;
    const { exitCode, stderr } = await drop(path, place);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/holds recordings that the folder does not.*: one\.wav\./);
    expect(uploads(before)).toEqual([]);
  });
});

describe('the result of this upload', () => {
  const MANIFEST = JSON.stringify({ name: 'A good voice' });
  const ofThisManifest = {
    manifest: { key: 'ann/manifest.json', etag: createHash('md5').update(MANIFEST).digest('hex') },
    samples: [{ name: 'one.wav', size: 2000 }],
    upload: '00',
    requestId: 'request',
  };
  const succeeded = {
    ...ofThisManifest,
    status: 'succeeded',
    voices: [],
    finishedAt: '2020-01-01T00:00:00Z',
  };
  const failed = { ...ofThisManifest, status: 'failed', error: { code: 'NO_SAMPLES', message: 'None.' } };

  /** Drops to a bucket without a function. */
  async function dropAndFind(result: object, when: 'before' | 'after'): Promise<string | undefined> {
    place = `s3://quiet/test-${tests}`;
    const Key = `test-${tests}/ann/result.json`;
    const write = () =>
      pipeline.s3.send(new PutObjectCommand({ Bucket: 'quiet', Key, Body: JSON.stringify(result) }));
    await pipeline.s3.send(new CreateBucketCommand({ Bucket: 'quiet' })).catch(() => {});
    if (when === 'before') await write();
    proxy.intercept = async (request): Promise<Fault> => {
      if (when === 'after' && request === `PUT /quiet/test-${tests}/ann/manifest.json`) await write();
      return 'pass';
    };
    const path = await voiceFolder('ann');
    return parsed(await drop(path, place, '--json', '--timeout', '1'))[0]?.status;
  }

  it('is one written after it, even about an older voice', async () => {
    expect(await dropAndFind(succeeded, 'after')).toBe('succeeded');
    expect(await dropAndFind({ ...failed, finishedAt: '2100-01-01T00:00:00Z' }, 'after')).toBe('failed');
  });

  it.each([
    ['that was there before', succeeded, 'before'],
    [
      'of a failure before it: the function tries again',
      { ...failed, finishedAt: '2020-01-01T00:00:00Z' },
      'after',
    ],
    ['of other samples', { ...succeeded, samples: [{ name: 'one.wav', size: 1999 }] }, 'after'],
    ['of another manifest', { ...succeeded, manifest: { key: 'k', etag: 'other' } }, 'after'],
  ] as const)('is not one %s', async (_what, result, when) => {
    expect(await dropAndFind(result, when)).toBe('uploaded');
  });
});

describe('Ctrl-C', () => {
  it('in the middle of an upload leaves nothing half-uploaded; then only the rest is uploaded', async () => {
    const path = await voiceFolder('ann', {}, { 'short.wav': wav(2000), 'long.wav': wav(2 * PART + 5000) });
    const begun = new Set<string>();
    const held = Promise.withResolvers<void>();
    proxy.intercept = (request, query) => {
      const uploadId = query.get('uploadId');
      if (uploadId !== null) begun.add(uploadId);
      if (query.get('partNumber') !== '2' || request.startsWith('DELETE')) return 'pass';
      held.resolve();
      return 'never-answer';
    };
    const program = startDrop(path, place);
    await held.promise;
    await says(program, '↑ ann/short.wav');
    program.child.kill('SIGINT');
    expect(await program.ends()).toBe(130);
    expect(program.stderr).toMatch(/interrupted: the manifest was not uploaded, so nothing is cloned/);
    expect(await head('ann/manifest.json')).toBe('NotFound');
    expect(await head('ann/long.wav')).toBe('NotFound');

    expect(begun.size).toBe(1);
    for (const UploadId of begun) {
      const Key = keyOf('ann/long.wav');
      const abort = new AbortMultipartUploadCommand({ Bucket: pipeline.bucket, Key, UploadId });
      await expect(pipeline.s3.send(abort)).rejects.toMatchObject({ name: 'NoSuchUpload' });
    }

    proxy.intercept = () => 'pass';
    const before = proxy.requests.length;
    expect((await drop(path, place)).exitCode).toBe(0);
    expect(new Set(uploads(before))).toEqual(new Set(['ann/long.wav', 'ann/manifest.json']));
  });

  it('while it waits says that the clone goes on', async () => {
    const path = await voiceFolder('ann');
    const waiting = Promise.withResolvers<void>();
    let looks = 0;
    proxy.intercept = (request) => {
      if (!request.endsWith('/result.json')) return 'pass';
      if (++looks === 3) waiting.resolve();
      return { status: 404 };
    };
    const program = startDrop(path, place, '--json');
    await waiting.promise;
    program.child.kill('SIGINT');
    expect(await program.ends()).toBe(130);
    expect(parsed(program)).toEqual([
      expect.objectContaining({
        status: 'uploaded',
        error: expect.stringMatching(/the clone goes on, and callers-voice-clone status shows it/) as string,
      }),
    ]);
  });
});

describe('a mistake on the command line exits with 2 and says what to do:', () => {
  it.each([
    ['a URL that is none', ['ann', 's3:/voices/x'], /write it as s3:\/\/my-bucket\/voices/],
    ['an address of the web', ['ann', 'https://voices.example.com/x'], /write it as s3:\/\//],
    ['a bucket that no bucket can be', ['ann', 's3://My_Bucket/x'], /3 to 63 lowercase letters/],
    [
      'the manifest instead of its folder',
      ['ann', 's3://voices/ann/manifest.json'],
      /use the folder, without manifest/,
    ],
    [
      'arguments the wrong way round',
      ['s3://voices/x', 'ann'],
      /The S3 URL must be last: callers-voice-clone drop/,
    ],
    ['no URL', ['ann'], /Add an S3 URL at the end/],
    ['no folder', ['s3://voices/x'], /Name a folder/],
    ['a folder that is missing', ['nobody', 's3://voices/x'], /There is no folder .*nobody/],
    ['a file', ['ann/one.wav', 's3://voices/x'], /one\.wav is a file: drop its folder, .*ann$/m],
    [
      'a name with a space without quotes',
      ['two', 'words', 's3://voices/x'],
      /put quotes around .*two words"/,
    ],
    ['two folders of one name', ['ann', 'other/ann', 's3://voices/x'], /have the same name/],
    ['an invalid time', ['ann', 's3://voices/x', '--timeout', 'soon'], /whole number of seconds/],
  ])('%s', async (_mistake, args, message) => {
    for (const name of ['ann', 'other/ann', 'two words']) await voiceFolder(name);
    // The first of two words begins the path; the others are as a shell splits them.
    const [first = '', ...others] = args;
    const isLocal = (arg: string) => !arg.includes(':') && !['--timeout', 'soon', 'words'].includes(arg);
    const paths = [first, ...others].map((arg) => (isLocal(arg) ? join(home, arg) : arg));
    const { exitCode, stdout, stderr } = await drop(...paths);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toMatch(message);
    expect(proxy.requests).toEqual([]);
  });
});

describe('when AWS cannot be used it exits with 3 and says why:', () => {
  const errorOf = (code: string, message: string) =>
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

  async function dropTo(environment: Record<string, string>, url = place) {
    const path = await voiceFolder('ann');
    const { exitCode, stdout, stderr } = await callersVoice(['drop', path, url, '--json'], environment);
    const [folder] = parsed({ stdout });
    expect(folder?.status).toBe('notUploaded');
    expect(stderr).toContain(`error: ann: ${folder?.error}`);
    expect(exitCode).toBe(3);
    return folder?.error;
  }

  it('a bucket that does not exist', async () => {
    expect(await dropTo(aws(), 's3://nowhere/x')).toMatch(/There is no bucket nowhere: check its name/);
  });

  it('no credentials', async () => {
    const { AWS_ENDPOINT_URL_S3 = '', AWS_REGION = '' } = aws();
    const error = await dropTo({ AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_PROFILE: 'nobody' });
    expect(error).toMatch(/No AWS credentials found in the profile nobody .*aws sso login/);
  });

  it.each([
    ['credentials that have expired', 403, 'ExpiredToken', {}, /have expired: sign in/],
    ['credentials that are wrong', 403, 'InvalidAccessKeyId', {}, /rejected the credentials/],
    ['credentials that may not', 403, 'AccessDenied', {}, /do not allow this .*s3:ListBucket/],
    [
      'another region',
      301,
      'PermanentRedirect',
      { 'x-amz-bucket-region': 'eu-central-1' },
      /is not in this region, but in eu-central-1: set AWS_REGION=eu-central-1/,
    ],
  ])('%s', async (_mistake, status, code, headers, message) => {
    await using s3 = await serving((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/xml', ...headers });
      response.end(errorOf(code, 'Whatever.'));
    });
    expect(await dropTo(aws(s3.url))).toMatch(message);
  });

  it('nothing listening at the endpoint', async () => {
    const port = await closedPort();
    expect(await dropTo(aws(`http://127.0.0.1:${port}`))).toMatch(
      /The connection to 127\.0\.0\.1:\d+ was refused: check the network/,
    );
  });

  it('a network that breaks in the middle', async () => {
    proxy.intercept = (request) => (request.startsWith('PUT') ? 'drop' : 'pass');
    expect(await dropTo(aws())).toMatch(/S3 is unreachable/);
    expect(await head('ann/manifest.json')).toBe('NotFound');
  });
});

interface Between extends AsyncDisposable {
  url: string;
}

/** An S3 whose listings have ETags that are no MD5. */
function otherEtags(target: string): Promise<Between> {
  return between(target, (request, answer) =>
    request.url?.includes('list-type')
      ? Buffer.from(answer.toString().replaceAll(/(<ETag>&quot;)[^&]+/g, '$1of-kms'))
      : answer,
  );
}

function between(
  target: string,
  change: (request: IncomingMessage, answer: Buffer) => Buffer,
): Promise<Between> {
  return serving(async (request, response) => {
    const forward = httpRequest(target + request.url, { method: request.method, headers: request.headers });
    request.pipe(forward);
    const [answer] = (await once(forward, 'response')) as [IncomingMessage];
    const body = await buffer(answer);
    const changed = change(request, body);
    // The checksums are those of what was there.
    const headers = Object.entries(answer.headers).filter(
      ([name]) => !/^(transfer-|content-length)/.test(name),
    );
    response.writeHead(answer.statusCode ?? 500, {
      ...Object.fromEntries(
        headers.filter(([name]) => changed === body || !name.startsWith('x-amz-checksum')),
      ),
      'content-length': request.method === 'HEAD' ? (answer.headers['content-length'] ?? 0) : changed.length,
    });
    response.end(changed);
  });
}

async function serving(
  handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<Between> {
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
