import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'aws-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropUnchecked } from '../../cli/local/drop-unchecked.ts';
import { localAwsVariables, localCredentials, startLocalAws } from '../../emulators/aws.ts';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { lambdaBundleFolder } from '../../functions/bundle.ts';
import { deploymentIn } from '../asset/deployed-function.ts';
import { API_KEY } from '../support/api-key.ts';
import { startLambda } from '../support/lambda.ts';
import { node20 } from '../support/node-of.ts';
import { installRuntimeInterfaceClient } from '../support/runtime-interface-client.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { archiveOf, wouldPublish } from './packed.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const archive = archiveOf('callers-voice-clone-cdk');
const folder = mkdtempSync(join(tmpdir(), 'construct-'));
afterAll(() => rmSync(folder, { recursive: true }));

const app = `
const app = new App();
new VoiceCloneStack(app, 'CallersVoiceClone', { prefix: 'voices', maxConcurrency: 7 });
app.synth();
`;
const imports = `
import { App } from 'aws-cdk-lib';
import { VoiceCloneStack } from 'callers-voice-clone-cdk';
`;
const files = {
  // As \`cdk init\` writes it.
  'ts/tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'ES2022',
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      strict: true,
      skipLibCheck: true,
      types: ['node'],
      noEmit: true,
    },
  }),
  'ts/app.ts': imports + app,
  'js/app.js': `
const { App } = require('aws-cdk-lib');
const { VoiceCloneStack } = require('callers-voice-clone-cdk');
${app}`,
  'esm/app.mjs': imports + app,
};

beforeAll(() => {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const tools = ['typescript@5', 'ts-node@10', 'tsx@4', '@types/node@22'];
  run('npm', [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    archive,
    'aws-cdk-lib',
    'constructs',
    ...tools,
  ]);
});

/** Runs a command in the folder of the apps. */
function run(command: string, options: string[], cwd = folder, env: Record<string, string> = {}): string {
  return execFileSync(command, options, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

/** The assembly that an app writes, without the CDK's command line. */
function assemblyOf(node: string, command: string[], cwd = folder): string {
  const output = mkdtempSync(join(folder, 'assembly-'));
  run(node, command, cwd, { CDK_OUTDIR: output, CDK_CONTEXT_JSON: '{}' });
  return output;
}

/** What is deployed: the template, and the files of the assets. */
function deployed(assembly: string): Record<string, string> {
  const contents = readdirSync(assembly, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file.endsWith('.template.json') || file.includes('/asset.'))
    .map((file) => [file.slice(assembly.length + 1), readFileSync(file, 'utf8')]);
  return Object.fromEntries(contents) as Record<string, string>;
}

const nodes: [string, () => string][] = [
  ['20', node20],
  ['24', () => process.execPath],
];

describe.each(nodes)('on Node %s, the installed construct', (_, node) => {
  let expected: Record<string, string>;
  beforeAll(() => {
    const program = join(folder, 'repository.mjs');
    const module = (path: string) => JSON.stringify(join(root, path));
    writeFileSync(
      program,
      `import { App } from ${module('node_modules/aws-cdk-lib/index.js')};
      import { VoiceCloneStack } from ${module('cdk/voice-clone-stack.ts')};
      ${app}`,
    );
    expected = deployed(assemblyOf(process.execPath, [program]));
  });

  it.each([
    ['TypeScript by ts-node', ['node_modules/ts-node/dist/bin.js', 'ts/app.ts']],
    ['TypeScript by tsx', ['node_modules/tsx/dist/cli.mjs', 'ts/app.ts']],
    ['CommonJS', ['js/app.js']],
    ['an ES module', ['esm/app.mjs']],
  ])('deploys from %s what the repository deploys', (_language, command) => {
    const actual = deployed(assemblyOf(node(), command));
    expect(Object.keys(actual)).toHaveLength(3);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [file, content] of Object.entries(actual)) {
      // Not toBe: a failure would print half a megabyte.
      expect({ file, same: content === expected[file] }).toEqual({ file, same: true });
    }
  });
});

describe('the oldest CDK that the package allows', () => {
  const { peerDependencies } = JSON.parse(
    run('tar', ['-xzOf', archive, 'package/package.json'], tmpdir()),
  ) as {
    peerDependencies: Record<string, string>;
  };
  const oldest = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range.replace('^', '')}`);
  const project = join(folder, 'oldest');
  // The props that newer versions of CDK treat differently, or that old ones may not have.
  const program = `
const { App, Stack } = require('aws-cdk-lib');
const { AccountPrincipal } = require('aws-cdk-lib/aws-iam');
const { Key } = require('aws-cdk-lib/aws-kms');
const { ApplicationLogLevel } = require('aws-cdk-lib/aws-lambda');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const { UploadSource, VoiceClonePipeline, VoiceCloneStack } = require('callers-voice-clone-cdk');
const app = new App();
new VoiceCloneStack(app, 'CallersVoiceClone', { prefix: 'voices', maxConcurrency: 7 });
const data = new Stack(app, 'Data');
const stack = new Stack(app, 'Own');
new VoiceClonePipeline(stack, 'Shared', { bucket: new Bucket(data, 'Voices'), prefix: 'a' });
new VoiceClonePipeline(stack, 'Encrypted', {
  encryptionKey: new Key(stack, 'Key'),
  source: UploadSource.EVENT_BRIDGE,
  serverAccessLogsBucket: new Bucket(stack, 'Logs'),
  logLevel: ApplicationLogLevel.WARN,
  prefix: 'b',
}).grantDrop(new AccountPrincipal('444455556666')).assertSuccess();
app.synth();
`;

  beforeAll(() => {
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
    // Not forced: npm refuses versions that do not fit.
    run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', archive, ...oldest], project);
  });

  it('deploys the same resources as with the newest', () => {
    const ours = (cwd: string) => {
      writeFileSync(join(cwd, 'oldest.cjs'), program);
      return Object.fromEntries(
        Object.entries(deployed(assemblyOf(process.execPath, ['oldest.cjs'], cwd)))
          .filter(([file]) => file.endsWith('.template.json'))
          .map(([file, content]) => [file, resourcesOf(content)]),
      );
    };
    const newest = ours(folder);
    expect(Object.keys(newest)).toHaveLength(3);
    expect(ours(project)).toEqual(newest);
  });

  /** All but CDK's own function for notifications and its rights, which differ between versions. */
  function resourcesOf(template: string): Record<string, unknown> {
    const { Resources } = JSON.parse(template) as {
      Resources: Record<string, { Metadata?: unknown; DependsOn?: unknown }>;
    };
    return Object.fromEntries(
      Object.entries(Resources)
        .filter(([id]) => !/Notifications|CDKMetadata/.test(id))
        .map(([id, { Metadata: _metadata, ...resource }]) => [id, resource]),
    );
  }
});

describe('the package of the construct', () => {
  it('has types that compile', () => {
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'ts']);
    writeFileSync(
      join(folder, 'ts/app.ts'),
      `${imports}${app.replace('maxConcurrency: 7', "maxConcurrency: '7'")}`,
    );
    expect(() => run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'ts'])).toThrow(
      expect.objectContaining({
        stdout: expect.stringContaining("Type 'string' is not assignable to type 'number'"),
      }),
    );
  });

  it('holds only what is needed: no sources, no path of the machine that built it', () => {
    const names = run('tar', ['-tzf', archive]).trim().split('\n');
    expect(names.filter((name) => !/^package\/lib\/.*\.(js|d\.ts)$/.test(name)).toSorted()).toEqual([
      'package/.jsii',
      'package/.jsii.gz',
      'package/API.md',
      'package/LICENSE',
      'package/README.md',
      'package/examples/on-result.ts',
      'package/function/index.js',
      'package/function/package.json',
      'package/package.json',
    ]);
    expect(run('tar', ['-xzOf', archive]).includes(root)).toBe(false);
    const { dependencies, scripts } = JSON.parse(run('tar', ['-xzOf', archive, 'package/package.json'])) as {
      dependencies?: unknown;
      scripts?: unknown;
    };
    expect([dependencies, scripts]).toEqual([undefined, undefined]);
  });

  it('npm would publish it as it is', async () => {
    expect(await wouldPublish(archive)).toEqual({
      published: expect.stringMatching(/^\+ callers-voice-clone-cdk@\d+\.\d+\.\d+$/) as string,
      warnings: [],
    });
  });

  it('describes every prop, and nothing that Stack brings', () => {
    const api = run('tar', ['-xzOf', archive, 'package/API.md']);
    expect(api).toContain('##### `maxConcurrency`');
    expect(api).toContain('*Default:* 5');
    const headings = Array.from(api.matchAll(/^#{4,5} (?:~~)?`?([\w ]+)/gm), ([, name]) => name);
    const inherited = [
      'addDependency',
      'isConstruct',
      'Static Functions',
      'terminationProtection',
      'env',
      'toString',
    ];
    expect(headings.filter((name) => inherited.includes(name ?? ''))).toEqual([]);
    const targets = new Set(Array.from(api.matchAll(/ id="([^"]+)"/g), ([, id]) => id));
    const links = Array.from(
      api.matchAll(/href="([^"]+)"|\]\(([^)]+)\)/g),
      ([, href, link]) => href ?? link ?? '',
    );
    expect(links.filter((link) => !link.startsWith('#') || !targets.has(link.slice(1)))).toEqual([]);
  });

  it('holds an example that compiles', () => {
    const example = run('tar', ['-xzOf', archive, 'package/examples/on-result.ts']);
    mkdirSync(join(folder, 'example'));
    writeFileSync(join(folder, 'example/on-result.ts'), example);
    writeFileSync(join(folder, 'example/tsconfig.json'), files['ts/tsconfig.json']);
    expect(() => run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'example'])).not.toThrow();
  });

  it('builds for every other language', () => {
    const staged = join(root, 'dist/packages/callers-voice-clone-cdk');
    const output = join(folder, 'languages');
    run(join(root, 'node_modules/.bin/jsii-pacmak'), [staged, '--code-only', '--outdir', output]);
    const read = (file: string) => readFileSync(join(output, file), 'utf8');
    expect(read('python/src/callers_voice_clone_cdk/__init__.py')).toContain('class VoiceClonePipeline(');
    expect(read('java/src/main/java/ai/callers/voiceclone/VoiceClonePipeline.java')).toContain(
      'class VoiceClonePipeline',
    );
    expect(read('dotnet/Callers.VoiceClone/Callers/VoiceClone/VoiceClonePipeline.cs')).toContain(
      'class VoiceClonePipeline',
    );
    expect(read('go/voiceclone/VoiceClonePipeline.go')).toContain('type VoiceClonePipeline interface');
  });

  it('deploys a function that clones, under Lambda’s own runtime client', async () => {
    const deployment = await deploymentIn(assemblyOf(process.execPath, ['js/app.js']));
    const aws = await startLocalAws();
    const api = await startCallersApiSimulator({ apiKey: API_KEY });
    const secrets = await startSecretsManager(API_KEY);
    const secretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:PipelineApiKey-AbCdEf';
    const lambda = await startLambda({
      ...deployment,
      runtimeInterfaceClient: await installRuntimeInterfaceClient(),
      environment: {
        ...deployment.environment({ ...aws, secretArn }),
        ...localAwsVariables,
        CALLERS_API_URL: api.url,
        AWS_ENDPOINT_URL_S3: aws.endpoint,
        AWS_ENDPOINT_URL_SNS: aws.endpoint,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      },
      onLog: console.log,
    });
    const s3 = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials: localCredentials });
    try {
      const amelia = { name: 'amelia', path: join(root, 'examples/voices/amelia') };
      await dropUnchecked(s3, amelia, { bucket: aws.bucket, prefix: 'voices/amelia/' });
      const key = 'voices/amelia/manifest.json';
      const event = {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        eventTime: new Date().toISOString(),
        s3: { bucket: { name: aws.bucket }, object: { key, sequencer: '0055AED6DCD90281E5' } },
      };
      const context = {
        awsRequestId: '1',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:clone-voice',
      } as Context;
      const record = {
        messageId: '1',
        receiptHandle: '1',
        body: JSON.stringify({ Records: [event] }),
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: '0',
          SenderId: '',
          ApproximateFirstReceiveTimestamp: '0',
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: aws.queueArn,
        awsRegion: aws.region,
      };
      expect(await lambda.invoke({ Records: [record] }, context)).toEqual({
        batchItemFailures: [],
      });
      expect(api.voices).toHaveLength(1);
    } finally {
      s3.destroy();
      secrets.close();
      await Promise.all([lambda.close(), aws.close(), api.close()]);
    }
  });
});

describe('in the repository', () => {
  it('an old bundle is never deployed', () => {
    writeFileSync(join(lambdaBundleFolder, 'index.js'), '// old');
    const output = join(folder, 'synthesized');
    run('npm', ['run', 'synth', '--', '--output', output], root);
    const bundles = Object.entries(deployed(output)).filter(([file]) => file.endsWith('/index.js'));
    expect(bundles.map(([, content]) => content === '// old')).toEqual([false]);
  });
});
