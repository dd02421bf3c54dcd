import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import { localAwsVariables } from '../../emulators/aws.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { programFile, programNode } from '../support/program.ts';
import { type Fault, type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts';
import { wav } from '../support/wav.ts';

const MANIFEST = JSON.stringify({ name: 'A good voice' });

let pipeline: LocalPipeline;
let proxy: S3Proxy;
let home: string;
let tests = 0;
/** Where this test's folder is; the bucket "quiet" has no function. */
let prefix: string;

beforeAll(async () => {
  const environment = { SETTLE_SECONDS: '0', SUB_ORGANIZATIONS: '[]' };
  pipeline = await startLocalPipeline({ port: 0, environment, cloneMilliseconds: 0 });
  await pipeline.s3.send(new CreateBucketCommand({ Bucket: 'quiet' }));
});
afterAll(async () => pipeline.close());
beforeEach(async () => {
  proxy = await startS3Proxy(pipeline.endpoint);
  home = await mkdtemp(join(tmpdir(), 'callers-voice-'));
  prefix = `retry-${++tests}/`;
});
afterEach(async () => {
  await proxy.close();
  await rm(home, { recursive: true });
});

function run(...args: string[]) {
  return callersVoice(args, { ...localAwsVariables, AWS_ENDPOINT_URL_S3: proxy.url });
}

async function put(name: string, body: object | string, more = {}): Promise<void> {
  const Body = typeof body === 'string' ? body : JSON.stringify(body);
  await pipeline.s3.send(new PutObjectCommand({ Bucket: 'quiet', Key: prefix + name, Body, ...more }));
}

function resultOf(status: 'succeeded' | 'failed' | 'unknown') {
  const voice = {
    id: 'id-1',
    voiceId: 'v-1',
    name: 'A good voice',
    isMultilingual: false,
    supportedLocales: [],
  };
  return {
    status,
    ...(status === 'succeeded'
      ? { voices: [{ ...voice, ttsClient: 'x' }] }
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
    manifest: { key: `${prefix}manifest.json`, etag: createHash('md5').update(MANIFEST).digest('hex') },
    upload: '00',
    requestId: 'request-1',
    finishedAt: '2026-11-22T20:15:03.155Z',
  };
}

/** A folder with this outcome, in a bucket without a function. */
async function ended(status: 'succeeded' | 'failed' | 'unknown'): Promise<string> {
  await put('manifest.json', MANIFEST, { Metadata: { samples: '1' }, ContentType: 'application/json' });
  await put('result.json', resultOf(status));
  return `s3://quiet/${prefix}`;
}

function uploads(): string[] {
  return proxy.requests.filter((request) => request.startsWith('PUT'));
}

describe('result', () => {
  it('prints a voice for people', async () => {
    const { exitCode, stdout } = await run('result', await ended('succeeded'));
    expect(stdout).toBe(
      [
        'succeeded  2026-11-22 20:15:03 UTC',
        '',
        'Voice     A good voice',
        'ID        id-1',
        'Voice ID  v-1',
        'Samples   one.wav  2 KiB',
        '',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);
  });

  it('prints what happened and what to do, without control characters', async () => {
    const url = await ended('failed');
    const { exitCode, stdout } = await run('result', `${url}result.json`);
    expect(stdout).toBe(
      [
        'failed  2026-11-22 20:15:03 UTC',
        '',
        'Error     INVALID_MANIFEST',
        'Mend manifest.json.',
        '  name must have at least 5 characters',
        'Callers   400 Bad Request\ufffd[2J',
        'Request   request-1',
        '',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);
    expect((await run('result', url, '--exit-status')).exitCode).toBe(1);
  });

  it('--json prints the file unchanged, even one of a future version', async () => {
    await put('manifest.json', MANIFEST);
    const text = '{ "status": "singing",\n "voices": 3 }';
    await put('result.json', text);
    expect(await run('result', `s3://quiet/${prefix}`, '--json')).toEqual({
      exitCode: 0,
      stdout: `${text}\n`,
      stderr: '',
    });
    const forPeople = await run('result', `s3://quiet/${prefix}`);
    expect([forPeople.exitCode, forPeople.stdout]).toEqual([1, '']);
    expect(forPeople.stderr).toMatch(/is not a result of this program: --json shows it/);
  });

  it('says what to do when there is none', async () => {
    const { exitCode, stderr } = await run('result', `s3://quiet/${prefix}`);
    expect(stderr).toMatch(
      /^error: There is no result\.json in s3:\/\/quiet\/retry-\d+\/: callers-voice-clone status s3:/,
    );
    expect(exitCode).toBe(1);
  });
});

describe('retry', () => {
  it('of a failed folder shows the error, then uploads its manifest again', async () => {
    const url = await ended('failed');
    const { exitCode, stdout, stderr } = await run('retry', url, '--no-wait');
    expect(stderr).toMatch(
      /^failed .*\n\nError +INVALID_MANIFEST\nMend manifest\.json\.\n[\s\S]*Uploaded the manifest again\n$/,
    );
    expect(stdout).toMatch(/^FOLDER +STATUS .*\ns3:\/\/quiet\/retry-\d+\/ +uploaded\n$/);
    expect(exitCode).toBe(0);
    expect(uploads()).toEqual([`PUT /quiet/${prefix}manifest.json`]);
    const Key = `${prefix}manifest.json`;
    const head = await pipeline.s3.send(new HeadObjectCommand({ Bucket: 'quiet', Key }));
    expect(head).toMatchObject({ Metadata: { samples: '1' }, ContentType: 'application/json' });
  });

  it('of a fixed folder waits for the new result and prints the voice', async () => {
    const write = (name: string, Body: Buffer | string) =>
      pipeline.s3.send(new PutObjectCommand({ Bucket: 'voices', Key: `${prefix}${name}`, Body }));
    await write('one.wav', '<!doctype html><title>No recording</title>');
    const result = pipeline.nextResult(`${prefix}manifest.json`);
    await write('manifest.json', MANIFEST);
    expect(await result).toMatchObject({ error: { code: 'NOT_AUDIO' } });
    await write('one.wav', wav(2000));
    const { exitCode, stdout, stderr } = await run('retry', `s3://voices/${prefix}`);
    expect(stderr).toMatch(
      /^failed .*\n\nError +NOT_AUDIO\n[\s\S]*Uploaded the manifest again\n[\s\S]*succeeded\n$/,
    );
    expect(stdout).toMatch(/ +succeeded +A good voice +\S+\n$/);
    expect(exitCode).toBe(0);
  });

  it('of an unknown outcome requires --looked', async () => {
    const url = await ended('unknown');
    const first = await run('retry', url, '--no-wait');
    expect(first.stderr).toMatch(
      /OUTCOME_UNKNOWN[\s\S]*error: A voice may already exist.*check your voices.*--looked/,
    );
    expect(first.exitCode).toBe(1);
    expect(uploads()).toEqual([]);
    expect((await run('retry', url, '--no-wait', '--looked', '--quiet')).exitCode).toBe(0);
    expect(uploads()).toHaveLength(1);
  });

  it.each([
    ['that has its voice', () => ended('succeeded'), /already has its voice: nothing to retry/],
    [
      'that is still in progress',
      async () => {
        await put('manifest.json', MANIFEST);
        return `s3://quiet/${prefix}`;
      },
      /has not finished \(no result yet\)/,
    ],
    [
      'that is none',
      () => `s3://quiet/${prefix}`,
      /There is no manifest\.json in .*: specify the voice folder itself/,
    ],
  ])('refuses a folder %s', async (_what, prepare, message) => {
    const { exitCode, stdout, stderr } = await run('retry', await prepare());
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(uploads()).toEqual([]);
  });

  it('does not overwrite a manifest that somebody is fixing at the same time', async () => {
    const url = await ended('failed');
    proxy.intercept = async (request): Promise<Fault> => {
      if (request.startsWith('PUT')) await put('manifest.json', '{"name":"Mended by somebody"}');
      return 'pass';
    };
    const { exitCode, stderr } = await run('retry', url);
    expect(stderr).toMatch(/error: .*The manifest was changed meanwhile/);
    expect(exitCode).toBe(1);
  });
});

describe('status', () => {
  it('--failed shows only what failed or may have, and --exit-status exits with 1 for it', async () => {
    await ended('failed');
    const base = prefix;
    for (const [name, status] of [
      ['good', 'succeeded'],
      ['odd', 'unknown'],
    ] as const) {
      prefix = `${base}${name}/`;
      await ended(status);
    }
    const all = await run('status', `s3://quiet/${base}`, '--exit-status');
    expect(all.exitCode).toBe(1);
    expect(all.stdout.trimEnd().split('\n')).toHaveLength(4);
    const { exitCode, stdout } = await run('status', `s3://quiet/${base}`, '--failed', '--json');
    const { folders } = JSON.parse(stdout) as { folders: { url: string }[] };
    expect(folders.map(({ url }) => url)).toEqual([`s3://quiet/${base}`, `s3://quiet/${base}odd/`]);
    expect(exitCode).toBe(0);
    const good = await run('status', `s3://quiet/${base}good`, '--failed', '--exit-status');
    expect(good).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `None of 1 failed below s3://quiet/${base}good/\n`,
    });
  });

  it('--watch without a terminal says what changes, and prints the table at the end', async () => {
    const url = await ended('succeeded');
    let looks = 0;
    proxy.intercept = (request) =>
      request.endsWith('result.json') && ++looks === 1 ? { status: 404 } : 'pass';
    const { exitCode, stdout, stderr } = await run('status', url, '--watch', '--exit-status');
    expect(stderr).toBe('./  no result yet\n./  succeeded\n');
    expect(stdout).toMatch(/^FOLDER .*\n\.\/ +succeeded +A good voice +id-1 /);
    expect(exitCode).toBe(0);
  });

  it('--watch survives a brief network failure', async () => {
    const url = await ended('succeeded');
    let drops = 3;
    proxy.intercept = () => (drops-- > 0 ? 'drop' : 'pass');
    const { exitCode, stderr } = await run('status', url, '--watch');
    expect(stderr).toMatch(/^S3 is unreachable .*\n\.\/ {2}succeeded\n$/);
    expect(exitCode).toBe(0);
  });
});

describe('drop', () => {
  async function voiceFolder(): Promise<string> {
    const folder = join(home, 'ann');
    await mkdir(folder);
    await writeFile(join(folder, 'manifest.json'), MANIFEST);
    await writeFile(join(folder, 'one.wav'), wav(2048));
    await writeFile(join(folder, 'two.wav'), wav(3000));
    await put('ann/one.wav', 'x');
    return folder;
  }

  it('--dry-run says what would be uploaded, and uploads nothing', async () => {
    const folder = await voiceFolder();
    const { exitCode, stdout, stderr } = await run('drop', folder, `s3://quiet/${prefix}`, '--dry-run');
    const url = `s3://quiet/${prefix}ann`;
    expect(stdout).toBe(
      `(dryrun) upload: ${folder}/one.wav to ${url}/one.wav (2 KiB)\n` +
        `(dryrun) upload: ${folder}/two.wav to ${url}/two.wav (3 KiB)\n` +
        `(dryrun) upload: ${folder}/manifest.json to ${url}/manifest.json (23 bytes)\n`,
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(uploads()).toEqual([]);
    const json = await run('drop', folder, `s3://quiet/${prefix}`, '--dry-run', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      folders: [{ status: 'dryRun', uploads: [{ url: `${url}/one.wav`, size: 2048 }, {}, {}] }],
    });
  });

  it.each([
    [
      ['--exclude', 'a*'],
      ['bob', 'cleo'],
    ],
    [
      ['--exclude', '*', '--include', 'a*'],
      ['ann', 'anton'],
    ],
    [
      ['--exclude', 'a*', '--include', 'ann', '--exclude', 'bob'],
      ['ann', 'cleo'],
    ],
    [
      ['--include', 'a*'],
      ['ann', 'anton', 'bob', 'cleo'],
    ],
  ])('%j takes the folders %j', async (args, names) => {
    for (const name of ['ann', 'anton', 'bob', 'cleo']) {
      await mkdir(join(home, name));
      await writeFile(join(home, name, 'manifest.json'), MANIFEST);
      await writeFile(join(home, name, 'one.wav'), wav(2048));
    }
    const { stdout } = await run('drop', home, `s3://quiet/${prefix}`, '--dry-run', '--json', ...args);
    const { folders } = JSON.parse(stdout) as { folders: { folder: string }[] };
    expect(folders.map(({ folder }) => folder)).toEqual(names.map((name) => join(home, name)));
  });

  it('says so when --exclude leaves no folder', async () => {
    const { exitCode, stderr } = await run('drop', await voiceFolder(), 's3://quiet/x', '--exclude', '*');
    expect(stderr).toMatch(/^error: --exclude leaves no folder of ann$/m);
    expect(exitCode).toBe(2);
  });

  it('--quiet prints only errors', async () => {
    const folder = await voiceFolder();
    const quiet = await run('drop', folder, `s3://quiet/${prefix}`, '--quiet', '--no-wait');
    expect(quiet).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const late = await run('drop', folder, `s3://quiet/${prefix}`, '--quiet', '--timeout', '0');
    expect(late.stderr).toMatch(/^error: ann: there is no result yet/);
    expect([late.exitCode, late.stdout]).toEqual([1, '']);
  });
});

describe('a pasted location', () => {
  it.each([
    [
      'of the console',
      'https://eu-central-1.console.aws.amazon.com/s3/buckets/quiet?region=eu-central-1&prefix=PREFIX&showversions=false',
    ],
    ['of the console, as it was', 'https://s3.console.aws.amazon.com/s3/buckets/quiet?prefix=PREFIX'],
    [
      'of an object in the console',
      'https://us-east-1.console.aws.amazon.com/s3/object/quiet?region=us-east-1&prefix=PREFIXresult.json',
    ],
    ['of the web', 'https://quiet.s3.eu-central-1.amazonaws.com/PREFIX'],
    ['of the web, without a region', 'https://quiet.s3.amazonaws.com/PREFIXresult.json'],
    ['of the web, with the bucket in the path', 'https://s3.eu-central-1.amazonaws.com/quiet/PREFIX'],
    ['of dual stack', 'https://quiet.s3.dualstack.eu-west-1.amazonaws.com/PREFIX'],
    ['as an ARN', 'arn:aws:s3:::quiet/PREFIX'],
    ['as an ARN of China', 'arn:aws-cn:s3:::quiet/PREFIXmanifest.json'],
  ])('%s is understood as its S3 URL', async (_what, address) => {
    await ended('succeeded');
    const { exitCode, stdout, stderr } = await run('result', address.replace('PREFIX', prefix));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^succeeded/);
  });

  it.each([
    'https://s3.console.aws.amazon.com/s3/home',
    'arn:aws:iam::123456789012:user/me',
    'https://example.com/s3',
  ])('%s is refused: it is not in S3', async (address) => {
    const { exitCode, stderr } = await run('status', address);
    expect(stderr).toMatch(/is not a valid S3 URL: write it as s3:\/\//);
    expect(exitCode).toBe(2);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { exitCode, stdout, stderr } = await run('completion', shell);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('callers-voice-clone complete --');
  });

  it('is valid bash', () => {
    const script = `callers-voice-clone() { '${programNode}' '${programFile}' "$@"; }
      eval "$(callers-voice-clone completion bash)"
      complete -p callers-voice-clone
      # Of the package bash-completion, which distributions have.
      _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}") cur=\${COMP_WORDS[COMP_CWORD]} cword=$COMP_CWORD; }
      COMP_WORDS=(callers-voice-clone ret) COMP_CWORD=1 COMP_LINE='callers-voice-clone ret' COMP_POINT=17
      __callers_voice_clone_complete && echo "\${COMPREPLY[@]}"`;
    const printed = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(printed).toMatch(/^complete -F __callers_voice_clone_complete callers-voice-clone\nretry/);
  });

  it('knows commands and options', async () => {
    expect((await run('complete', '--', 're')).stdout).toMatch(/^result\t.*\nretry\t/);
    expect((await run('complete', '--', 'drop', '--dr')).stdout).toMatch(/^--dry-run\t/);
  });

  it.each([['check'], ['init'], ['drop'], ['drop', 'other']])('knows folders after %s', async (...words) => {
    await mkdir(join(home, 'my-voice'));
    await writeFile(join(home, 'my-file'), '');
    const { stdout } = await run('complete', '--', ...words, `${home}/my`);
    expect(stdout).toBe(`${home}/my-voice/\t\n:4\n`);
  });
});
