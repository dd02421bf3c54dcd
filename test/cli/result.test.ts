import { once } from 'node:events';
import { describe, expect } from 'vitest';
import { it, MANIFEST } from '../support/program-test.ts';
import { wav } from '../support/wav.ts';

describe('result', () => {
  it('prints a voice for people', async ({ ended, start }) => {
    const program = start('result', await ended('succeeded'));
    expect(await program.ends()).toBe(0);
    expect(program.stdout).toBe(
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
  });

  it('prints what happened and what to do, without control characters', async ({ ended, run }) => {
    const url = await ended('failed');
    const { exitCode, stdout } = await run('result', `${url}result.json`);
    expect(stdout).toBe(
      [
        'failed  2026-11-22 20:15:03 UTC',
        '',
        'Error     INVALID_MANIFEST',
        'Mend manifest.json.',
        '  name must have at least 5 characters',
        'Answer    400 Bad Request\ufffd[2J',
        'Request   request-1',
        '',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);
    expect((await run('result', url, '--exit-status')).exitCode).toBe(1);
  });

  it('prints what the function waits for, and until when', async ({ pipeline, place, prefix, put, run }) => {
    await put('voices', 'one.wav', wav(2000));
    await put('voices', 'two.wav', '');
    const waiting = once(pipeline.results, 'result');
    const manifest = { name: 'A good voice', files: ['one.wav', 'two.wav', 'three.wav'] };
    await put('voices', 'manifest.json', manifest);
    expect(await waiting).toMatchObject([`${prefix}result.json`, { status: 'waiting' }]);
    const { stdout } = await run('result', place);
    expect(stdout).toMatch(
      /^waiting\n\n.+\nMissing {3}three\.wav\nEmpty {5}two\.wav\nUntil {5}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n$/,
    );
  });

  it('prints the earlier voices of the folder, which are still in Callers', async ({
    drop,
    place,
    run,
    voiceFolder,
  }) => {
    await voiceFolder('ann', { name: 'The first voice' });
    const first = await drop('ann');
    const [id] = /[0-9a-f-]{36}/.exec(first.stdout) ?? [];
    await voiceFolder('ann', { name: 'The second voice' });
    expect((await drop('ann', '--yes')).exitCode).toBe(0);
    const { stdout } = await run('result', `${place}/ann`);
    expect(stdout).toMatch(/^Voice {5}The second voice$/m);
    expect(stdout).toMatch(new RegExp(`^Earlier {3}succeeded .+: The first voice, ID ${id}$`, 'm'));
  });

  it('--json prints the file unchanged, even one of a future version', async ({ prefix, put, run }) => {
    await put('quiet', 'manifest.json', MANIFEST);
    const text = '{ "status": "singing",\n "voices": 3 }';
    await put('quiet', 'result.json', text);
    expect(await run('result', `s3://quiet/${prefix}`, '--json')).toEqual({
      exitCode: 0,
      stdout: `${text}\n`,
      stderr: '',
    });
    const forPeople = await run('result', `s3://quiet/${prefix}`);
    expect([forPeople.exitCode, forPeople.stdout]).toEqual([1, '']);
    expect(forPeople.stderr).toMatch(/is not a result of this program: --json shows it/);
  });

  it('says what to do when there is none', async ({ prefix, run }) => {
    const { exitCode, stderr } = await run('result', `s3://quiet/${prefix}`);
    expect(stderr).toMatch(
      /^error: There is no voice folder at or below s3:\/\/quiet\/test-\d+\/: check the URL\n$/,
    );
    expect(exitCode).toBe(1);
  });

  it('says that patterns are not for buckets', async ({ prefix, run }) => {
    const { stderr } = await run('result', `s3://quiet/${prefix}team/a[0-9]*`);
    expect(stderr).toMatch(
      /a\[0-9\]\*\/: patterns are for local folders only; name the folder above, s3:\/\/quiet\/test-\d+\/team\/\n$/,
    );
  });
});

it('commands find folders by the URL of a file in them, and by names as they are in the bucket', async ({
  prefix,
  put,
  run,
}) => {
  await put('quiet', './a//manifest.json', MANIFEST);
  const url = `s3://quiet/${prefix}./a//`;
  const status = await run('status', `${url}result.json`);
  expect(status.stdout).toMatch(/\n\.\/\tno result yet\t/);
  expect(status.stderr).toContain(`callers-voice-clone retry ${url}`);
  expect((await run('retry', url, '--no-wait')).exitCode).toBe(0);
});

describe('a pasted location', () => {
  it.for([
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
  ] as const)('%s is understood as its S3 URL', async ([_what, address], { ended, prefix, run }) => {
    await ended('succeeded');
    const { exitCode, stdout, stderr } = await run('result', address.replace('PREFIX', prefix));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^succeeded/);
  });

  it.for([
    'https://s3.console.aws.amazon.com/s3/home',
    'arn:aws:iam::123456789012:user/me',
    'https://example.com/s3',
  ])('%s is refused: it is not in S3', async (address, { run }) => {
    const { exitCode, stderr } = await run('status', address);
    expect(stderr).toMatch(/is not a valid S3 URL: write it as s3:\/\//);
    expect(exitCode).toBe(2);
  });
});
