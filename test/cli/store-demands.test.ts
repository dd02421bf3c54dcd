import { createHash } from 'node:crypto';
import { describe, expect } from 'vitest';
import { it } from '../support/program-test.ts';
import { s3Answers, s3Error } from '../support/s3-answers.ts';
import { wav } from '../support/wav.ts';

/** One file in one request, and one in parts. */
const samples = { 'one.wav': wav(2000), 'two.wav': wav(8_400_000) };

describe('a bucket whose policy demands encryption', () => {
  it('gets it with --sse, for each file, and for retry', async ({ drop, ended, proxy, run, voiceFolder }) => {
    const demanded: string[] = [];
    proxy.intercept = (request, query, headers) => {
      const begins = request.startsWith('PUT') ? !query.has('partNumber') : query.has('uploads');
      if (!begins) return 'pass';
      const key = headers['x-amz-server-side-encryption-aws-kms-key-id'];
      demanded.push(`${String(headers['x-amz-server-side-encryption'])} ${String(key)}`);
      return headers['x-amz-server-side-encryption'] ? 'pass' : s3Answers.deniedToWrite;
    };
    const folder = await voiceFolder('ann', {}, samples);
    const without = await drop(folder, '--no-wait');
    expect(without.stderr).toMatch(/the bucket's policy denies it; if that demands encryption, add --sse/);
    expect(without.exitCode).toBe(3);
    demanded.length = 0;
    const sse = ['--sse', 'aws:kms', '--sse-kms-key-id', 'alias/voices'];
    const dropped = await drop(folder, '--no-wait', ...sse);
    expect([dropped.exitCode, demanded]).toEqual([0, Array(3).fill('aws:kms alias/voices')]);
    const retried = await run('retry', await ended('failed'), '--no-wait', '--sse');
    expect([retried.exitCode, demanded.at(-1)]).toEqual([0, 'AES256 undefined']);
  });
});

describe('a store that knows no checksums', () => {
  it('gets none with AWS_REQUEST_CHECKSUM_CALCULATION=when_required, but what it gets is signed', async ({
    drop,
    environment,
    proxy,
    voiceFolder,
  }) => {
    const hashes = new Set<unknown>();
    proxy.intercept = (request, _query, headers) => {
      const checksum = Object.keys(headers).find((name) =>
        /^x-amz-(sdk-checksum|checksum|trailer)/.test(name),
      );
      if (checksum) return s3Error(400, 'InvalidArgument', `Unsupported header '${checksum}' received.`);
      if (request.startsWith('PUT')) hashes.add(headers['x-amz-content-sha256']);
      return 'pass';
    };
    const folder = await voiceFolder('ann', {}, samples);
    const usual = await drop(folder, '--no-wait');
    expect(usual.stderr).toMatch(/Unsupported header .* set AWS_REQUEST_CHECKSUM_CALCULATION=when_required/);
    environment['AWS_REQUEST_CHECKSUM_CALCULATION'] = 'when_required';
    const { exitCode } = await drop(folder, '--no-wait');
    expect(exitCode).toBe(0);
    expect(hashes).toContain(createHash('sha256').update(samples['one.wav']).digest('hex'));
    expect([...hashes].filter((hash) => !/^[0-9a-f]{64}$/.test(String(hash)))).toEqual([]);
  });
});

describe('a result that S3 has archived', () => {
  it('cannot be compared, which drop says, and goes on with --yes', async ({
    drop,
    proxy,
    uploads,
    voiceFolder,
  }) => {
    const folder = await voiceFolder('ann');
    expect((await drop(folder)).exitCode).toBe(0);
    const isArchived = () => !uploads().includes('ann/manifest.json');
    proxy.intercept = (request) =>
      request.startsWith('GET') && request.endsWith('/result.json') && isArchived()
        ? s3Answers.archived
        : 'pass';
    const asked = await drop(folder);
    expect(asked.stderr).toMatch(
      /perhaps another voice \(billed, unless the bucket .*\): an earlier drop may have made one/,
    );
    expect([asked.exitCode, uploads()]).toEqual([1, []]);
    const again = await drop(folder, '--yes');
    expect(again.stderr).toMatch(/ann: succeeded/);
    expect(again.exitCode).toBe(0);
    expect(uploads()).toEqual(['ann/manifest.json']);
  });
});
