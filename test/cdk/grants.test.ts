import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountPrincipal,
  ArnPrincipal,
  type FromRoleArnOptions,
  type Grant,
  Group,
  type IGrantable,
  OrganizationPrincipal,
  PrincipalWithConditions,
  Role,
  ServicePrincipal,
  SessionTagsPrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
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
import {
  allOf,
  find,
  newApp,
  readable,
  type Resource,
  type Statement,
  temporaryFolder,
  warningsOf,
} from './synthesis.ts';

let local: LocalPipeline;
let proxy: S3Proxy;
const calls: AwsCall[] = [];

beforeAll(async () => {
  local = await startLocalPipeline({ port: 0, environment: {}, cloneMilliseconds: 0 });
  proxy = await startS3Proxy(local.endpoint);
  await walk();
});
afterAll(async () => {
  await proxy.close();
  await local.close();
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
  const place = `s3://${local.bucket}/drops`;
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
/** For copies of large recordings with aws-cli, and uploads with rclone. */
const byOtherTools = ['s3:GetObjectTagging', 's3:PutObjectAcl'];

describe('grantDrop', () => {
  it('grants exactly these permissions', () => {
    const objects = ['arn:aws:s3:::voices/drops/*'];
    expect(dropper(existing).grants).toEqual([
      { action: 's3:GetObject', resources: objects },
      { action: 's3:GetObjectTagging', resources: objects },
      { action: 's3:PutObject', resources: objects },
      { action: 's3:AbortMultipartUpload', resources: objects },
      {
        action: 's3:PutObjectAcl',
        resources: objects,
        condition: { StringEquals: { 's3:x-amz-acl': 'private' } },
      },
      {
        action: 's3:ListBucket',
        resources: ['arn:aws:s3:::voices'],
        condition: { StringLikeIfExists: { 's3:prefix': 'drops/*' } },
      },
      { action: byConsole, resources: ['arn:aws:s3:::voices'] },
    ]);
  });

  it('covers every request of the program and of other tools, and no more', () => {
    const { grants } = dropper(existing);
    const refused = calls.filter((call) => !grants.some((grant) => covers(grant, call, call.resource)));
    expect(refused).toEqual([]);
    const called = new Set([...calls.map(({ action }) => action), byConsole, ...byOtherTools]);
    expect(new Set(grants.map(({ action }) => action))).toEqual(called);
  });

  it('forbids writing results, which the program never does', () => {
    const { template, id } = dropper(existing);
    const policies = allOf(template, 'AWS::IAM::Policy');
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

  it('is refused for the function itself, which writes results', () => {
    const pipeline = new VoiceClonePipeline(new Stack(newApp(), 'Test'), 'Pipeline');
    expect(() => pipeline.grantDrop(pipeline.function)).toThrow('grant dropping folders to another role');
    const conditional = new PrincipalWithConditions(pipeline.function.grantPrincipal, { Bool: {} });
    expect(() => pipeline.grantDrop(conditional)).toThrow('grant dropping folders to another role');
    expect(pipeline.grantReadResults(pipeline.function).success).toBe(true);
  });

  it('keeps the conditions around a role, but denies results without them', () => {
    const where = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };
    const { template } = granted((pipeline, stack) => {
      const role = new Role(stack, 'Studio', { assumedBy: new AccountPrincipal('111122223333') });
      return pipeline.grantDrop(new PrincipalWithConditions(role, where));
    });
    const { PolicyDocument } = find(
      template,
      'AWS::IAM::Policy',
      '/Studio/DefaultPolicy/Resource',
    ).Properties;
    const of = (effect: string) =>
      (PolicyDocument.Statement as Statement[]).filter(({ Effect }) => Effect === effect);
    for (const { Condition } of of('Allow')) expect(Condition).toMatchObject(where);
    for (const { Condition } of of('Deny')) expect(Condition).toBe(undefined);
  });

  it('is refused for a group of another account, which no policy of a bucket can name', () => {
    const group = (account: string) => (pipeline: VoiceClonePipeline, stack: Stack) =>
      pipeline.grantDrop(Group.fromGroupArn(stack, 'Group', `arn:aws:iam::${account}:group/studio`));
    expect(() => granted(group('444455556666'))).toThrow(
      'whose policy cannot name groups: grant that account',
    );
    expect(bucketStatements(granted(group('111122223333')).template)).toEqual([]);
  });

  it('includes the bucket’s KMS key', () => {
    const { grants } = dropper((stack) => ({ encryptionKey: new Key(stack, 'Key') }));
    const keys = grants.filter(({ action }) => action.startsWith('kms:'));
    const condition = {
      StringEquals: {
        'kms:ViaService': [{ 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.amazonaws.com']] }],
      },
    };
    expect(keys).toEqual([
      { action: 'kms:Decrypt', resources: ['<Key.Arn>'], condition },
      { action: 'kms:GenerateDataKey', resources: ['<Key.Arn>'], condition },
    ]);
  });

  it('may be granted beside results and by several pipelines: IAM refuses a policy with a Sid twice', () => {
    const stack = new Stack(newApp(), 'Test');
    const role = new Role(stack, 'Studio', { assumedBy: new AccountPrincipal('111122223333') });
    const alias = Alias.fromAliasName(stack, 'Alias', 'alias/voices');
    const buckets = [
      Bucket.fromBucketAttributes(stack, 'Existing', { bucketName: 'voices', encryptionKey: alias }),
      new Bucket(stack, 'Own', { encryptionKey: new Key(stack, 'Key') }) as IBucket,
    ];
    for (const bucket of buckets) {
      const pipeline = new VoiceClonePipeline(stack, `Pipeline of ${bucket.node.id}`, { bucket });
      pipeline.grantDrop(role);
      pipeline.grantReadResults(role);
    }
    const policy = find(Template.fromStack(stack), 'AWS::IAM::Policy', '/Studio/DefaultPolicy/Resource');
    const statements = policy.Properties.PolicyDocument.Statement as Statement[];
    expect(statements.filter(({ Action }) => [Action].flat().includes('kms:Decrypt'))).toHaveLength(4);
    const sids = statements.flatMap(({ Sid }) => Sid ?? []);
    expect(sids).toEqual([...new Set(sids)]);
  });
});

/** A pipeline with a bucket of its own, in a known account, after something was granted. */
function granted(
  grant: (pipeline: VoiceClonePipeline, stack: Stack) => Grant,
  props: (stack: Stack) => VoiceClonePipelineProps = () => ({ prefix: 'drops' }),
) {
  const stack = new Stack(newApp(), 'Test', { env: { account: '111122223333', region: 'eu-west-1' } });
  const pipeline = new VoiceClonePipeline(stack, 'Pipeline', props(stack));
  const { success } = grant(pipeline, stack);
  const template = Template.fromStack(stack);
  const warnings = warningsOf(stack);
  return { template, success, warnings };
}

/** The statements of the drop bucket's policy but the one that demands TLS. */
function bucketStatements(template: Template): Statement[] {
  const policies = template.findResources('AWS::S3::BucketPolicy') as Record<string, Resource>;
  return Object.values(policies)
    .filter(({ Metadata }) => Metadata?.['aws:cdk:path']?.includes('/Bucket/'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[])
    .filter(({ Action }) => Action !== 's3:*');
}

describe('grantDrop for a grantee without a policy of this app', () => {
  const results = ['<Pipeline/Bucket.Arn>/drops/result.json', '<Pipeline/Bucket.Arn>/drops/*/result.json'];
  const theFunction = {
    ArnNotEquals: {
      'aws:PrincipalArn': { 'Fn::GetAtt': [expect.stringMatching('Role') as string, 'Arn'] },
    },
  };

  it.each<[string, (stack: Stack) => IGrantable, string, object?]>([
    ['another account', () => new AccountPrincipal('444455556666'), '444455556666:root'],
    ['a role of another account', (stack) => roleOf(stack, '444455556666'), '444455556666:role/studio'],
    ['a user by ARN', () => new ArnPrincipal('arn:aws:iam::111122223333:user/ina'), 'user/ina'],
    [
      'a user of another account',
      (stack) => User.fromUserArn(stack, 'Ina', 'arn:aws:iam::444455556666:user/ina'),
      '444455556666:user/ina',
    ],
    ['a service', () => new ServicePrincipal('transfer.amazonaws.com'), 'transfer.amazonaws.com'],
    ['this account', () => new AccountPrincipal('111122223333'), '111122223333:root', theFunction],
    [
      'an organization',
      () => new OrganizationPrincipal('o-1234567890'),
      '"*"',
      { ...theFunction, StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } },
    ],
  ])('%s: the bucket’s policy allows dropping and denies results', (_, grantee, name, condition) => {
    const { template, success, warnings } = granted((pipeline, stack) => pipeline.grantDrop(grantee(stack)));
    expect({ success, warnings }).toEqual({ success: true, warnings: [] });
    // A user of this account may have the same name.
    for (const { Properties } of allOf(template, 'AWS::IAM::Policy'))
      expect(Properties.Users).toBe(undefined);
    const statements = bucketStatements(template);
    const of = (effect: string) => statements.filter(({ Effect }) => Effect === effect);
    expect(of('Allow').flatMap(({ Action }) => Action)).toEqual([
      's3:GetObject',
      's3:GetObjectTagging',
      's3:PutObject',
      's3:AbortMultipartUpload',
      's3:PutObjectAcl',
      's3:ListBucket',
      's3:GetBucketLocation',
    ]);
    const [denied] = of('Deny');
    expect(denied?.Action).toBe('s3:PutObject');
    expect([denied?.Resource].flat().map((arn) => readable(template, arn))).toEqual(results);
    for (const { Principal } of statements) expect(JSON.stringify(Principal)).toContain(name);
    // Without the exception, the function could not write results either.
    expect(denied?.Condition).toEqual(condition);
  });

  it('this account but one role: the policy denies results neither to that role nor to the function', () => {
    const excepted = 'arn:aws:iam::111122223333:role/publisher';
    const others = new AccountPrincipal('111122223333').withConditions({
      ArnNotEquals: { 'aws:PrincipalArn': excepted },
    });
    const { template } = granted((pipeline) => pipeline.grantDrop(others));
    const [denied] = bucketStatements(template).filter(({ Effect }) => Effect === 'Deny');
    expect(denied?.Condition).toEqual({
      ArnNotEquals: { 'aws:PrincipalArn': [theFunction.ArnNotEquals['aws:PrincipalArn'], excepted] },
    });
  });

  it('another account may use the bucket’s key, through S3 only', () => {
    const { template } = granted(
      (pipeline) => pipeline.grantDrop(new AccountPrincipal('444455556666')),
      (stack) => ({ encryptionKey: new Key(stack, 'Key') }),
    );
    const { Statement } = find(template, 'AWS::KMS::Key').Properties.KeyPolicy;
    const [theirs] = Statement.filter((each: Statement) => JSON.stringify(each).includes('444455556666'));
    expect(theirs).toMatchObject({
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
    });
  });

  it('conditions on another account’s network are not asked of the key, which S3 uses from its own', () => {
    const tag = { 'aws:PrincipalTag/team': 'voices' };
    const where = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' }, StringEquals: tag };
    const { template } = granted(
      (pipeline) => pipeline.grantReadResults(new AccountPrincipal('444455556666').withConditions(where)),
      (stack) => ({ encryptionKey: new Key(stack, 'Key') }),
    );
    for (const { Condition } of bucketStatements(template)) expect(Condition).toEqual(where);
    const { Statement } = find(template, 'AWS::KMS::Key').Properties.KeyPolicy;
    const theirs = (Statement as Statement[]).filter((each) => JSON.stringify(each).includes('444455556666'));
    const via = { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' };
    expect(theirs.map(({ Condition }) => Condition)).toEqual([{ StringEquals: { ...via, ...tag } }]);
  });

  it.each<[ObjectOwnership | undefined, string, number]>([
    [ObjectOwnership.OBJECT_WRITER, '444455556666', 1],
    [ObjectOwnership.BUCKET_OWNER_PREFERRED, '444455556666', 1],
    [ObjectOwnership.BUCKET_OWNER_ENFORCED, '444455556666', 0],
    [undefined, '444455556666', 0],
    [ObjectOwnership.OBJECT_WRITER, '111122223333', 0],
  ])(
    'in a bucket with ownership %s, what account %s drops is readable, or there are warnings: %s',
    (objectOwnership, account, count) => {
      const { success, warnings } = granted(
        (pipeline) => pipeline.grantDrop(new AccountPrincipal(account)),
        (stack) => ({
          bucket: new Bucket(stack, 'Bucket', { ...(objectOwnership && { objectOwnership }) }) as IBucket,
        }),
      );
      expect(success).toBe(true);
      expect(warnings).toHaveLength(count);
      for (const warning of warnings)
        expect(warning).toContain('the function cannot read it: give the bucket');
    },
  );

  it.each<[BucketEncryption, string, number]>([
    [BucketEncryption.KMS_MANAGED, '444455556666', 1],
    [BucketEncryption.DSSE_MANAGED, '444455556666', 1],
    [BucketEncryption.KMS, '444455556666', 0],
    [BucketEncryption.KMS_MANAGED, '111122223333', 0],
  ])(
    'in a bucket with encryption %s, account %s may drop, or there are warnings: %s',
    (encryption, account, count) => {
      const { warnings } = granted(
        (pipeline) => pipeline.grantDrop(new AccountPrincipal(account)),
        (stack) => ({ bucket: new Bucket(stack, 'Bucket', { encryption }) as IBucket }),
      );
      expect(warnings).toHaveLength(count);
      for (const warning of warnings)
        expect(warning).toContain('AWS managed key aws/s3, which other accounts cannot use');
    },
  );

  it('has no success if the bucket’s key is one that AWS manages, whose policy nobody can change', () => {
    const { success, warnings } = granted(
      (pipeline) => pipeline.grantDrop(new AccountPrincipal('444455556666')),
      (stack) => ({
        bucket: new Bucket(stack, 'Bucket', {
          encryptionKey: Alias.fromAliasName(stack, 'Key', 'alias/aws/s3'),
        }) as IBucket,
      }),
    );
    expect(success).toBe(false);
    expect(warnings).toEqual([
      expect.stringContaining('AWS manages the key alias/aws/s3: other accounts cannot use it'),
    ]);
  });

  it.each<[string, (stack: Stack) => VoiceClonePipelineProps, RegExp]>([
    [
      'bucket',
      (stack) => ({ bucket: Bucket.fromBucketName(stack, 'Existing', 'voices') }),
      /^Test\/Existing: CDK.* imported bucket\. It must contain: \[\{"Action":"s3:PutObject","Effect":"Deny".*result\.json/,
    ],
    [
      'key',
      (stack) => ({
        encryptionKey: Key.fromKeyArn(stack, 'Key', `arn:aws:kms:eu-west-1:111122223333:key/1`),
      }),
      /^Test\/Key: CDK.* imported key\. It must contain: .*444455556666/,
    ],
  ])('has no success if the %s is imported, and says what its policy must contain', (_, props, missing) => {
    const { success, warnings } = granted(
      (pipeline) => pipeline.grantDrop(new AccountPrincipal('444455556666')),
      props,
    );
    expect(success).toBe(false);
    expect(warnings).toContainEqual(expect.stringMatching(missing));
  });

  const missing =
    /^CDK adds nothing to a role with `mutable: false`.*, or add to the role’s policy: .*"s3:GetObject".*"Deny".*"kms:Decrypt"/;
  const immutable = (options: FromRoleArnOptions) => (stack: Stack) =>
    roleOf(stack, '111122223333', { mutable: false, ...options });
  const uploader = (stack: Stack) => Function.fromFunctionName(stack, 'Uploader', 'uploader');
  const where = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };
  const conditional = (stack: Stack) => new PrincipalWithConditions(immutable({})(stack), where);
  const tagged = (stack: Stack) => new SessionTagsPrincipal(conditional(stack));
  const own = (stack: Stack) =>
    new Role(stack, 'Own', { assumedBy: new AccountPrincipal('111122223333') }).withoutPolicyUpdates();

  it.each<[string, (stack: Stack) => IGrantable, boolean, RegExp[]]>([
    ['imported with `mutable: false`', immutable({}), false, [missing]],
    ['imported so, with conditions', conditional, false, [missing]],
    ['imported so, with session tags', tagged, false, [missing]],
    ['of a function imported without it', uploader, false, [missing]],
    ['without policy updates', own, false, [missing]],
    ['that lets the bucket’s policy change', immutable({ addGrantsToResources: true }), true, []],
  ])('a role %s: if it gets nothing, synthesis says what its policy lacks', (_, role, success, lacking) => {
    const seen = granted(
      (pipeline, stack) => pipeline.grantDrop(role(stack)),
      (stack) => ({ encryptionKey: new Key(stack, 'Key') }),
    );
    expect(seen).toMatchObject({ success, warnings: lacking.map((each) => expect.stringMatching(each)) });
  });

  it('names what gets nothing, so that its warning alone can be acknowledged', () => {
    const seen = granted((pipeline, stack) => {
      Validations.of(pipeline).acknowledge({
        id: 'callers-voice-clone:importedRole',
        reason: 'Its own account grants it',
        where: { path: 'Test/Uploader' },
      });
      pipeline.grantDrop(uploader(stack));
      pipeline.grantReadResults(Function.fromFunctionName(stack, 'Reader', 'reader'));
      return pipeline.grantReadResults(immutable({})(stack));
    });
    const named = (path: string) =>
      expect.stringContaining(`imported without its role: ${path}. Let it`) as string;
    expect(seen.warnings).toEqual([named('Test/Reader'), named('Test/Studio')]);
  });

  it('is refused for this account if the bucket’s stack cannot except the function', () => {
    const app = newApp();
    const bucket = new Bucket(new Stack(app, 'Data'), 'Voices') as IBucket;
    const pipeline = new VoiceClonePipeline(new Stack(app, 'Test'), 'Pipeline', { bucket });
    expect(() => pipeline.grantDrop(new AccountPrincipal('111122223333'))).toThrow(
      'the policy of a bucket of another stack cannot except it: grant roles instead',
    );
    expect(pipeline.grantDrop(new ServicePrincipal('transfer.amazonaws.com')).success).toBe(true);
  });

  it('a role of this app with an imported bucket succeeds: its own policy is enough', () => {
    const { success, warnings } = granted(
      (pipeline, stack) =>
        pipeline.grantDrop(new Role(stack, 'Studio', { assumedBy: new AccountPrincipal('111122223333') })),
      (stack) => ({ bucket: Bucket.fromBucketName(stack, 'Existing', 'voices') }),
    );
    expect({ success, warnings }).toEqual({ success: true, warnings: [] });
  });

  const roleOf = (stack: Stack, account: string, options?: FromRoleArnOptions) =>
    Role.fromRoleArn(stack, 'Studio', `arn:aws:iam::${account}:role/studio`, options);
});

describe('grantReadResults', () => {
  it('grants finding and reading results, and no sample', () => {
    const stack = new Stack(newApp(), 'Test');
    const reader = new Role(stack, 'Reader', { assumedBy: new AccountPrincipal('111122223333') });
    const encryptionKey = new Key(stack, 'Key');
    const pipeline = new VoiceClonePipeline(stack, 'Pipeline', { prefix: 'drops', encryptionKey });
    expect(pipeline.grantReadResults(reader).success).toBe(true);
    const template = Template.fromStack(stack);
    const [id = ''] = Object.keys(template.findResources('AWS::IAM::Role')).filter((name) =>
      name.startsWith('Reader'),
    );
    expect(grantsOf(template, id)).toMatchObject([
      {
        action: 's3:GetObject',
        resources: ['<Pipeline/Bucket.Arn>/drops/result.json', '<Pipeline/Bucket.Arn>/drops/*/result.json'],
      },
      {
        action: 's3:ListBucket',
        resources: ['<Pipeline/Bucket.Arn>'],
        condition: { StringLikeIfExists: { 's3:prefix': 'drops/*' } },
      },
      { action: 'kms:Decrypt', resources: ['<Key.Arn>'] },
    ]);
  });

  it('of another account stands in the bucket’s policy', () => {
    const { template, success } = granted((pipeline) =>
      pipeline.grantReadResults(new AccountPrincipal('444455556666')),
    );
    expect(success).toBe(true);
    expect(bucketStatements(template).map(({ Effect, Action }) => [Effect, Action])).toEqual([
      ['Allow', 's3:GetObject'],
      ['Allow', 's3:ListBucket'],
    ]);
  });
});
