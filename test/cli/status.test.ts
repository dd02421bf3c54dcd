import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalAws, localAwsVariables, localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { resultOf } from '../support/result.ts';
import { s3Answers, s3Error } from '../support/s3-answers.ts';
import { type Fault, startS3Proxy } from '../support/s3-proxy.ts';
import { signatureCheck } from '../support/signature.ts';
import { amelia } from '../support/voice.ts';

let aws: LocalAws;
let s3: S3Client;
let tests = 0;
/** What this test's keys begin with. */
let prefix: string;

beforeAll(async () => {
  aws = await startLocalAws();
  s3 = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials: localCredentials });
});
afterAll(async () => {
  s3.destroy();
  await aws.close();
});
beforeEach(() => {
  prefix = `test-${++tests}/`;
});

/** @returns its ETag, without quotes */
async function put(name: string, body: object | string): Promise<string> {
  const Body = typeof body === 'string' ? body : JSON.stringify(body);
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: aws.bucket, Key: prefix + name, Body }));
  return ETag.replaceAll('"', '');
}

function putManifest(folder: string, name = folder): Promise<string> {
  return put(`${folder}/manifest.json`, { name });
}

function about(folder: string, etag: string, ending = {}) {
  return resultOf({ key: `${prefix}${folder}/manifest.json`, etag }, ending);
}

function succeeded(folder: string, etag: string, name = 'Amelia') {
  const voices = [{ ...amelia, id: `id-of-${name}`, name }];
  return about(folder, etag, { status: 'succeeded', voices });
}

function failed(folder: string, etag: string, status: 'failed' | 'unknown', code: string) {
  const error = { code, message: 'Why.' };
  return about(folder, etag, { status, error, finishedAt: '2026-11-22T21:15:03.155Z' });
}

function runStatus(
  url = `s3://${aws.bucket}/${prefix}`,
  args: string[] = [],
  endpoint = aws.endpoint,
  environment = {},
) {
  return callersVoice(['status', url, ...args], {
    AWS_ENDPOINT_URL_S3: endpoint,
    ...localAwsVariables,
    ...environment,
  });
}

async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() <= now) await new Promise(setImmediate);
}

interface Listed {
  url: string;
  status: string;
  since: string;
  result?: object;
}

/** Each folder's status by its name. */
async function statuses(): Promise<Record<string, string>> {
  const { exitCode, stdout } = await runStatus(undefined, ['--json']);
  expect(exitCode).toBe(0);
  const { folders } = JSON.parse(stdout) as { folders: Listed[] };
  const start = `s3://${aws.bucket}/${prefix}`;
  return Object.fromEntries(folders.map(({ url, status: state }) => [url.slice(start.length, -1), state]));
}

const soon = new Date(Date.now() + 600_000);

describe('status', () => {
  it('shows each voice folder as a row, with the voice or the error', async () => {
    await put('amelia/result.json', succeeded('amelia', await putManifest('amelia')));
    await put(
      'team/bob/result.json',
      failed('team/bob', await putManifest('team/bob'), 'failed', 'NO_SAMPLES'),
    );
    await put('carl/result.json', failed('carl', await putManifest('carl'), 'unknown', 'OUTCOME_UNKNOWN'));
    await put('not-a-voice/one.mp3', 'audio');
    const { exitCode, stdout, stderr } = await runStatus();
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'FOLDER\tSTATUS\tVOICE\tID\tWHEN (UTC)',
      'amelia/\tsucceeded\tAmelia\tid-of-Amelia\t2026-11-22 20:15:03',
      'carl/\tunknown\tOUTCOME_UNKNOWN\t\t2026-11-22 21:15:03',
      'team/bob/\tfailed\tNO_SAMPLES\t\t2026-11-22 21:15:03',
      '',
    ]);
  });

  it('--json has the results as they are', async () => {
    const result = succeeded('amelia', await putManifest('amelia'));
    await put('amelia/result.json', result);
    const { stdout } = await runStatus(undefined, ['--json']);
    expect(JSON.parse(stdout)).toEqual({
      folders: [
        {
          url: `s3://${aws.bucket}/${prefix}amelia/`,
          status: 'succeeded',
          since: '2026-11-22T20:15:03.155Z',
          result,
        },
      ],
    });
  });

  it('--failed shows only what failed or may have, and --exit-status exits with 1 for it', async () => {
    await put('bad/result.json', failed('bad', await putManifest('bad'), 'failed', 'NO_SAMPLES'));
    await put('good/result.json', succeeded('good', await putManifest('good')));
    await put('odd/result.json', failed('odd', await putManifest('odd'), 'unknown', 'OUTCOME_UNKNOWN'));
    const all = await runStatus(undefined, ['--exit-status']);
    expect(all.exitCode).toBe(1);
    expect(all.stdout.trimEnd().split('\n')).toHaveLength(4);
    const { exitCode, stdout } = await runStatus(undefined, ['--failed', '--json']);
    const { folders } = JSON.parse(stdout) as { folders: Listed[] };
    const url = `s3://${aws.bucket}/${prefix}`;
    expect(folders.map((folder) => folder.url)).toEqual([`${url}bad/`, `${url}odd/`]);
    expect(exitCode).toBe(0);
    expect(await runStatus(`${url}good`, ['--failed', '--exit-status'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `None of 1 is failed or unknown below ${url}good/\n`,
    });
  });

  it('shows what is still in progress', async () => {
    await putManifest('untouched');

    const missing = { status: 'waiting', message: 'm', missing: ['a.mp3'], until: soon.toISOString() };
    await put('incomplete/result.json', {
      ...missing,
      ...about('incomplete', await putManifest('incomplete')),
    });

    await put('running/result.json', {
      status: 'cloning',
      message: 'm',
      since: soon.toISOString(),
      ...about('running', await putManifest('running')),
    });

    expect(await statuses()).toEqual({ untouched: 'noResult', incomplete: 'waiting', running: 'cloning' });
    const { stdout } = await runStatus();
    expect(stdout).toMatch(/^untouched\/\tno result yet\t/m);
    expect(stdout).toMatch(/^incomplete\/\twaiting for samples\ta\.mp3\t/m);
    expect(stdout).toMatch(/^running\/\tbeing cloned\t/m);
  });

  it('--json tells what is overdue by the clock of S3, not of this machine', async () => {
    await putManifest('untouched');
    const proxy = await startS3Proxy(aws.endpoint);
    try {
      for (const [minutes, isOverdue] of [
        [0, undefined],
        [60, true],
      ] as const) {
        const date = new Date(Date.now() + minutes * 60_000).toUTCString();
        proxy.headersOf = () => ({ date });
        const { stdout } = await runStatus(undefined, ['--json'], proxy.url);
        expect(JSON.parse(stdout).folders[0].isOverdue).toBe(isOverdue);
      }
    } finally {
      await proxy.close();
    }
  });

  it('points out misnamed manifests', async () => {
    const names = [
      'Manifest.JSON',
      'manifest.json.txt',
      'manifest.json.json',
      'manifest - Copy (2).json',
      'manifest copy.json',
    ];
    for (const [index, name] of names.entries()) await put(`${index}/${name}`, { name: 'Amelia' });
    expect(Object.values(await statuses())).toEqual(names.map(() => 'misnamed'));
    expect((await runStatus()).stdout.match(/^\d\/\trename to manifest\.json\t/gm)).toHaveLength(
      names.length,
    );
  });

  it('does not show the result of an earlier manifest', async () => {
    await put('edited/result.json', succeeded('edited', await putManifest('edited')));
    await putManifest('edited', 'Another name');
    await put('overtaken/result.json', succeeded('overtaken', 'of-an-earlier-manifest'));
    await putManifest('overtaken');
    await put('overtaken/result.json', succeeded('overtaken', 'of-an-earlier-manifest'));
    await put('again/result.json', succeeded('again', await putManifest('again')));
    await nextMillisecond(); // S3 itself tells seconds.
    await putManifest('again');
    expect(await statuses()).toEqual({ edited: 'noResult', overtaken: 'noResult', again: 'noResult' });
  });

  it('copes with an invalid result.json, and escapes control characters in names', async () => {
    await putManifest('odd');
    await put('odd/result.json', 'nothing');
    await put('evil/result.json', succeeded('evil', await putManifest('evil'), '\u001b[2Jgone'));
    const { stdout } = await runStatus();
    expect(stdout).toMatch(/^odd\/\tno result yet/m);
    expect(stdout).toMatch(/^evil\/\tsucceeded\t\ufffd\[2Jgone\t/m);
  });

  it('--json escapes what a terminal would obey, and means the same', async () => {
    const name = 'a\u009b2J \u202eb\u0085c\u2066';
    await put('evil/result.json', succeeded('evil', await putManifest('evil'), name));
    const { stdout } = await runStatus(undefined, ['--json']);
    expect(stdout).toContain('"a\\u009b2J \\u202eb\\u0085c\\u2066"');
    expect(JSON.parse(stdout).folders[0].result.voices[0].name).toBe(name);
    expect((await runStatus()).stdout).toMatch(/\ta\ufffd2J \ufffdb c\ufffd\t/);
  });

  it('reads many folders, page by page, some at a time, and what fails once again', async () => {
    const folders = Array.from({ length: 600 }, (_, index) => `f${index}`).with(7, "o'Néill & (1)+*!=%41");
    await Promise.all(
      folders.map(async (folder) =>
        put(`${folder}/result.json`, succeeded(folder, await putManifest(folder), folder)),
      ),
    );
    const environment = { AWS_SESSION_TOKEN: 'a+session/token==' };
    const isSigned = await signatureCheck(environment.AWS_SESSION_TOKEN);
    const proxy = await startS3Proxy(aws.endpoint);
    const unsigned: string[] = [];
    const failing = new Map<string, Fault>([
      ['f1/result.json', 'drop'],
      ['f2/result.json', s3Answers.throttled],
      ['page 2', s3Answers.throttled],
    ]);
    proxy.intercept = async (name, query, headers) => {
      if (!(await isSigned(name, query, headers))) unsigned.push(name);
      const what = query.has('continuation-token') ? 'page 2' : name.split(prefix)[1];
      const fault = failing.get(what ?? '') ?? 'pass';
      failing.delete(what ?? '');
      return fault;
    };
    try {
      const { exitCode, stdout } = await runStatus(undefined, [], proxy.url, environment);
      expect(exitCode).toBe(0);
      expect(stdout.match(/\tsucceeded\t/g)).toHaveLength(600);
      expect(stdout).toMatch(/^f599\/\tsucceeded\tf599\tid-of-f599\t/m);
      expect(unsigned).toEqual([]);
      // Two pages and each result, and once more the page and the two results that failed.
      expect(proxy.requests).toHaveLength(2 + 600 + 3);
    } finally {
      await proxy.close();
    }
  });

  const moved = s3Error(301, 'PermanentRedirect', 'Use another endpoint.');
  const elsewhere = { ...moved, headers: { 'x-amz-bucket-region': 'eu-central-1' } };
  it.each([
    ['through a proxy', true, 'GET list, GET result', () => 'pass' as const],
    [
      'in another region',
      false,
      'GET list, GET list, GET result',
      (authorization = '') => (authorization.includes('/eu-central-1/') ? 'pass' : elsewhere),
    ],
  ])('asks once for each result %s', async (_where, isProxied, asked, intercept) => {
    await put('amelia/result.json', succeeded('amelia', await putManifest('amelia')));
    const proxy = await startS3Proxy(aws.endpoint);
    proxy.intercept = (_request, _query, { authorization }) => intercept(authorization);
    const environment = isProxied ? { HTTP_PROXY: proxy.url } : {};
    const { stdout } = await runStatus(undefined, [], isProxied ? aws.endpoint : proxy.url, environment);
    expect(stdout).toBe((await runStatus()).stdout);
    const requests = proxy.requests.map((name) => (name.endsWith('result.json') ? 'GET result' : 'GET list'));
    expect(requests.join(', ')).toBe(asked);
    await proxy.close();
  });

  it('reads a listing however it is written', async () => {
    const object = (key: string, element = 'Contents') =>
      `<${element}>\r\n  <Key>${key}</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>&#34;m&#34;</ETag>` +
      `<Size>1</Size></${element.split(' ')[0]}>`;
    const pages = [
      ['first'],
      ['Q&amp;A&#x27;&quot;'],
      ['<![CDATA[R&B]]>'],
      ['plain', 'Contents xmlns="urn:s3"'],
      ['o&apos;neill'],
    ].map(([name, element]) => object(`${prefix}${name}/manifest.json`, element));
    const proxy = await startS3Proxy(aws.endpoint);
    proxy.intercept = (_request, query) => {
      const page = Number(query.get('continuation-token') ?? 0);
      const next = pages[page + 1] && `<NextContinuationToken>${page + 1}</NextContinuationToken>`;
      const listed = `${object('another/one.wav')}${pages[page]}${next ?? ''}`;
      return { status: 200, body: `<ListBucketResult>${listed}</ListBucketResult>\n` };
    };
    const { stdout } = await runStatus(undefined, [], proxy.url);
    const names = [...stdout.matchAll(/^(.*)\/\t/gm)].map(([, name]) => name);
    expect(names).toEqual(['Q&A\'"', 'R&B', 'first', "o'neill", 'plain']);
    expect(proxy.requests).toHaveLength(pages.length);
    await proxy.close();
  });

  it.each([
    ['archived', s3Answers.archived, /is archived .* restore it first/],
    ['denied', s3Answers.deniedWithoutReason, /do not allow this .* need s3:ListBucket, s3:GetObject/],
    ['of a disabled KMS key', s3Answers.kmsKeyDisabled, /The KMS key of an object .* cannot be used/],
  ])('lists all folders, though one result is %s', async (_what, said, message) => {
    for (const name of ['ann', 'bea', 'cleo']) {
      await put(`${name}/result.json`, succeeded(name, await putManifest(name), name));
    }
    const proxy = await startS3Proxy(aws.endpoint);
    proxy.intercept = (request) => (request.endsWith('/bea/result.json') ? said : 'pass');
    try {
      const { exitCode, stdout, stderr } = await runStatus(undefined, [], proxy.url);
      expect(stdout).toMatch(/^ann\/\tsucceeded\t.*\nbea\/\tresult unreadable\t.*\ncleo\/\tsucceeded\t/m);
      expect(stderr).toMatch(/^error: bea\/result\.json: /);
      expect(stderr).toMatch(message);
      expect(exitCode).toBe(3);
      const { folders } = JSON.parse((await runStatus(undefined, ['--json'], proxy.url)).stdout);
      expect(folders[1]).toMatchObject({
        status: 'unreadable',
        error: { message: expect.stringMatching(message) },
      });
    } finally {
      await proxy.close();
    }
  });

  it('says so when there is none', async () => {
    const { exitCode, stdout, stderr } = await runStatus();
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`There is no manifest.json below s3://${aws.bucket}/${prefix}\n`);
    expect(JSON.parse((await runStatus(undefined, ['--json'])).stdout)).toEqual({ folders: [] });
    expect((await runStatus(undefined, ['--exit-status'])).exitCode).toBe(1);
  });

  it('says that patterns are not for buckets, if nothing has that name', async () => {
    await putManifest('amelia');
    const below = `s3://${aws.bucket}/${prefix}`;
    const pattern = await runStatus(`${below}*`);
    expect([pattern.exitCode, pattern.stderr]).toEqual([
      1,
      `There is no manifest.json below ${below}*/: patterns are for local folders only; name the folder above, ${below}\n`,
    ]);
    await putManifest('take [1]');
    expect((await runStatus(`${below}take [1]`)).stdout.split('\n')).toHaveLength(3);
  });

  it('exits with 3 when AWS cannot be used, and with 2 when the URL is invalid', async () => {
    const nowhere = await runStatus('s3://nowhere');
    expect([nowhere.exitCode, nowhere.stdout]).toEqual([3, '']);
    expect(nowhere.stderr).toMatch(/^error: There is no bucket nowhere/);
    const local = await runStatus('voices/amelia');
    expect([local.exitCode, local.stdout]).toEqual([2, '']);
    expect(local.stderr).toMatch(/^error: voices\/amelia is not a valid S3 URL/);
  });
});
