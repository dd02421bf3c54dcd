import { writeFileSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { parsed } from '../support/drop-report.ts';
import { callersVoice, type Ended } from '../support/callers-voice.ts';
import { it, MANIFEST } from '../support/program-test.ts';
import { closedPort } from '../support/servers.ts';

/** The error of a single folder that was not uploaded. */
async function errorOf(dropped: Promise<Ended>): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await dropped;
  const [folder] = parsed({ stdout });
  expect(folder?.status).toBe('notUploaded');
  expect(stderr).toContain(`error: ann: ${folder?.error?.message}`);
  expect(folder?.error?.code).toBe('AWS_ERROR');
  expect(exitCode).toBe(3);
  return folder?.error?.message;
}

describe('a mistake on the command line exits with 2 and says what to do:', () => {
  it.for([
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
    ['a name that is empty', ['ann', 's3://voices//ann'], /there must be a name between slashes/],
    ['a pattern', ['ann', 's3://voices/x/*'], /patterns are for local folders only; name the folder$/m],
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
    ['a folder and a link to it', ['ann', 'linked', 's3://voices/x'], /are the same folder, linked/],
    ['a variable that is not set', ['', 's3://voices/x'], /an argument is empty: is a variable not set\?/],
    ['an invalid time', ['ann', 's3://voices/x', '--timeout', 'soon'], /whole number of seconds/],
  ] as const)('%s', async ([_mistake, args, message], { home, proxy, run, voiceFolder }) => {
    for (const name of ['ann', 'other/ann', 'two words']) await voiceFolder(name);
    await symlink('ann', join(home, 'linked'));
    const { exitCode, stdout, stderr } = await run('drop', ...args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toMatch(message);
    expect(proxy.requests).toEqual([]);
  });
});

it('recordings without a manifest: says how to get one', async ({ run, voiceFolder }) => {
  const path = await voiceFolder('ann');
  await rm(join(path, 'manifest.json'));
  const { exitCode, stderr } = await run('drop', 'ann', 's3://voices/x');
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining('write one with callers-voice-clone init "ann"'),
  ]);
  await writeFile(join(path, 'manifest.json.txt'), MANIFEST);
  expect((await run('drop', 'ann', 's3://voices/x')).stderr).toMatch(
    /: rename manifest\.json\.txt to manifest\.json$/m,
  );
});

it.for(['two.wav', 'manifest.json'])(
  '%s is gone when its turn comes: says so, and clones nothing',
  async (name, { drop, head, home, proxy, voiceFolder }) => {
    await voiceFolder('ann');
    proxy.intercept = async (): Promise<'pass'> => {
      await rm(join(home, 'ann', name), { force: true });
      return 'pass';
    };
    const { exitCode, stderr } = await drop('ann');
    expect([exitCode, await head('voices', 'ann/manifest.json')]).toEqual([1, 'NotFound']);
    expect(stderr).toContain(
      `ann/${name} was deleted or moved after it was checked: put it back, or check the folder again`,
    );
  },
);

it.for([
  ['is a link to itself', 'two.wav', 'two.wav', /cannot be read: ELOOP.*: copy it here again/],
  ['is a folder', 'two.wav', '.', /cannot be read: EISDIR.*: copy it here again/],
  [
    'is on a disk that fails',
    'two.wav',
    '/proc/self/mem',
    /cannot be read: its disk fails at a part of it \(EIO\)/,
  ],
  [
    'is on a disk that fails',
    'manifest.json',
    '/proc/self/mem',
    /cannot be read: its disk fails at a part of it/,
  ],
] as const)(
  '%s when its turn comes: %s',
  async ([, name, target, message], { drop, head, proxy, voiceFolder }) => {
    const path = join(await voiceFolder('ann'), name);
    proxy.intercept = async (): Promise<'pass'> => {
      await rm(path, { force: true });
      await symlink(target, path);
      return 'pass';
    };
    const { exitCode, stderr } = await drop('ann');
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`ann/${name} cannot be read`);
    expect([exitCode, await head('voices', 'ann/manifest.json')]).toEqual([1, 'NotFound']);
  },
);

describe('when AWS cannot be used it exits with 3 and says why:', () => {
  it('a bucket that does not exist', async ({ run, voiceFolder }) => {
    const error = await errorOf(run('drop', await voiceFolder('ann'), 's3://nowhere/x', '--json'));
    expect(error).toMatch(/There is no bucket nowhere: check its name/);
  });

  it('an endpoint that names the bucket', async ({ drop, proxy, voiceFolder }) => {
    const endpoint = ['--endpoint-url', `${proxy.url}/voices`];
    const error = await errorOf(drop(await voiceFolder('ann'), '--json', ...endpoint));
    expect(error).toMatch(/endpoint's URL may name the bucket, which it must not/);
  });

  it('no credentials', async ({ environment, place, voiceFolder }) => {
    const { AWS_ENDPOINT_URL_S3 = '', AWS_REGION = '' } = environment;
    const other = { AWS_ENDPOINT_URL_S3, AWS_REGION };
    const error = await errorOf(callersVoice(['drop', await voiceFolder('ann'), place, '--json'], other));
    expect(error).toMatch(/No AWS credentials found \(Could not load .*aws sso login/);
  });

  it.for([
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
  ] as const)('%s', async ([_mistake, status, code, headers, message], { drop, proxy, voiceFolder }) => {
    const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>Whatever.</Message></Error>`;
    proxy.intercept = () => ({ status, headers, body });
    expect(await errorOf(drop(await voiceFolder('ann'), '--json'))).toMatch(message);
  });

  it('nothing listening at the endpoint', async ({ drop, environment, voiceFolder }) => {
    environment['AWS_ENDPOINT_URL_S3'] = `http://127.0.0.1:${await closedPort()}`;
    const error = await errorOf(drop(await voiceFolder('ann'), '--json'));
    expect(error).toMatch(/The connection to 127\.0\.0\.1:\d+ was refused: check the network/);
  });

  it('a network that breaks in the middle', async ({ drop, head, proxy, voiceFolder }) => {
    proxy.intercept = (request) => (request.startsWith('PUT') ? 'drop' : 'pass');
    const error = await errorOf(drop(await voiceFolder('ann'), '--json'));
    expect(error).toMatch(/S3 is unreachable/);
    expect(await head('voices', 'ann/manifest.json')).toBe('NotFound');
  });
});

it('a voice folder in another is no mistake if both are named', async ({ place, run, voiceFolder }) => {
  const ann = await voiceFolder('ann');
  const bob = await voiceFolder('ann/bob');
  const warned = async (...folders: string[]) =>
    (await run('drop', ...folders, place, '--dry-run')).stderr.includes('name it too');
  expect([await warned(ann), await warned(ann, bob)]).toEqual([true, false]);
});

it('a manifest that changes after it was checked is not uploaded', async ({
  drop,
  head,
  proxy,
  voiceFolder,
}) => {
  const ann = await voiceFolder('ann');
  proxy.intercept = (request) => {
    if (request.startsWith('PUT')) writeFileSync(join(ann, 'manifest.json'), '{ "name": "Another name" }');
    return 'pass';
  };
  const { exitCode, stderr } = await drop(ann);
  expect(stderr).toMatch(/^error: ann: .*manifest\.json was changed since it was checked: try again$/m);
  expect(exitCode).toBe(1);
  expect(await head('voices', 'ann/manifest.json')).toBe('NotFound');
  expect((await drop(ann)).exitCode).toBe(0);
});
