import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalPipeline, startLocalPipeline } from '../../cli/local/pipeline.ts';
import type { VoiceClonePipelineProps } from '../../cdk/voice-clone-pipeline-props.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import { localAwsVariables } from '../../emulators/aws.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { type S3Proxy, startS3Proxy } from '../support/s3-proxy.ts';
import { wav } from '../support/wav.ts';
import { type AwsCall, s3Call } from './aws-recorder.ts';
import { covers, grantsOf, matches } from './grants.ts';
import { newApp, type Resource, temporaryFolder } from './synthesis.ts';

let pipeline: LocalPipeline;
let proxy: S3Proxy;
const calls: AwsCall[] = [];

beforeAll(async () => {
  pipeline = await startLocalPipeline({ port: 0, environment: {}, cloneMilliseconds: 0 });
  proxy = await startS3Proxy(pipeline.endpoint);
  await walk();
});
afterAll(async () => {
  await proxy.close();
  await pipeline.close();
});

/** Everything people do with the program that makes requests. */
async function walk(): Promise<void> {
  const home = temporaryFolder();
  const folder = async (name: string, sampleBytes: number) => {
    await mkdir(join(home, name));
    await writeFile(join(home, name, 'manifest.json'), '{"name":"Amelia"}');
    await writeFile(join(home, name, 'one.wav'), wav(sampleBytes));
  };
  await folder('small', 4_000);
  await folder('large', 9_000_000);
  let isRefusing = false;
  proxy.intercept = (request, query) => {
    calls.push(s3Call(request, query));
    return isRefusing && query.get('partNumber') === '2' ? { status: 403 } : 'pass';
  };
  const run = async (...args: string[]) => {
    const { exitCode } = await callersVoice(
      args,
      { AWS_ENDPOINT_URL_S3: proxy.url, ...localAwsVariables },
      home,
    );
    return exitCode;
  };
  const place = `s3://${pipeline.bucket}/drops`;
  expect(await run('drop', 'small', place)).toBe(0);
  isRefusing = true;
  expect(await run('drop', 'large', place)).not.toBe(0);
  isRefusing = false;
  expect(await run('drop', 'large', place)).toBe(0);
  expect(await run('status', place)).toBe(0);
  expect(await run('result', `${place}/small`)).toBe(0);
  // Nothing is left to retry.
  expect(await run('retry', `${place}/small`)).not.toBe(0);
}

function dropper(props: (stack: Stack) => VoiceClonePipelineProps) {
  const stack = new Stack(newApp(), 'Test');
  const role = new Role(stack, 'Studio', { assumedBy: new AccountPrincipal('111122223333') });
  new VoiceClonePipeline(stack, 'Pipeline', props(stack)).grantDrop(role);
  const template = Template.fromStack(stack);
  const [id = ''] = Object.keys(template.findResources('AWS::IAM::Role')).filter((name) =>
    name.startsWith('Studio'),
  );
  return { template, id, grants: grantsOf(template, id) };
}

const existing = (stack: Stack) => ({
  bucket: Bucket.fromBucketName(stack, 'Existing', 'voices'),
  prefix: 'drops',
});

/** Only S3's console needs it. */
const byConsole = 's3:GetBucketLocation';

describe('grantDrop', () => {
  it('grants exactly these permissions', () => {
    const objects = ['arn:aws:s3:::voices/drops/*'];
    expect(dropper(existing).grants).toEqual([
      { action: 's3:GetObject', resources: objects },
      { action: 's3:PutObject', resources: objects },
      { action: 's3:AbortMultipartUpload', resources: objects },
      {
        action: 's3:ListBucket',
        resources: ['arn:aws:s3:::voices'],
        condition: { StringLikeIfExists: { 's3:prefix': 'drops/*' } },
      },
      { action: byConsole, resources: ['arn:aws:s3:::voices'] },
    ]);
  });

  it('covers every request of the program, and no more', () => {
    const { grants } = dropper(existing);
    const refused = calls.filter((call) => !grants.some((grant) => covers(grant, call, call.resource)));
    expect(refused).toEqual([]);
    const called = new Set([...calls.map(({ action }) => action), byConsole]);
    expect(new Set(grants.map(({ action }) => action))).toEqual(called);
  });

  it('forbids writing results, which the program never does', () => {
    const { template, id } = dropper(existing);
    const policies = Object.values(template.findResources('AWS::IAM::Policy') as Record<string, Resource>);
    const denied = policies
      .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === id))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Effect }) => Effect === 'Deny');
    expect(denied).toMatchObject([{ Action: 's3:PutObject' }]);
    const patterns = ['arn:aws:s3:::voices/drops/result.json', 'arn:aws:s3:::voices/drops/*/result.json'];
    expect(JSON.stringify(denied).replaceAll('{"Ref":"AWS::Partition"}', 'aws')).toContain(
      'drops/*/result.json',
    );
    const written = calls.filter(({ action }) => action === 's3:PutObject').map(({ resource }) => resource);
    expect(written.filter((arn) => patterns.some((pattern) => matches(pattern, arn)))).toEqual([]);
  });

  it('includes the bucket’s KMS key', () => {
    const { grants } = dropper((stack) => ({ encryptionKey: new Key(stack, 'Key') }));
    const keys = grants.filter(({ action }) => action.startsWith('kms:'));
    expect(keys).toEqual([
      { action: 'kms:Decrypt', resources: ['<Key.Arn>'] },
      { action: 'kms:GenerateDataKey', resources: ['<Key.Arn>'] },
    ]);
  });
});
