import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What CloudFormation would deploy, as far as the function and its queue go. */
export interface Deployment {
  /** The folder that is zipped and uploaded. */
  assetFolder: string;
  handler: string;
  runtime: string;
  logFormat: string;
  memorySize: number;
  timeoutSeconds: number;
  queue: { visibilityTimeoutSeconds: number; maxReceiveCount: number };
  mapping: { batchSize: number; responseTypes: string[] };
  /** The function's environment variables, with what CloudFormation would put in for what else is deployed. */
  environment(resources: DeployedNames): Record<string, string>;
}

/** The stack as `npm run deploy` sends it to AWS when nothing is set: what `npm run synth` writes. */
export async function synthesizeDeployment(): Promise<Deployment & { close(): Promise<void> }> {
  const assembly = await mkdtemp(join(tmpdir(), 'assembly-'));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await promisify(execFile)('npm', ['run', 'synth', '--', '--output', assembly], { cwd: root });
  return { ...(await deploymentIn(assembly)), close: () => rm(assembly, { recursive: true }) };
}

/**
 * Reads the deployment out of an assembly: the template and the asset manifest of the stack `CallersVoiceClone`.
 *
 * @throws {Error} when the stack is not one function behind one queue, or the function's environment refers to anything
 *   but that queue, the secret, the state bucket and the topic for results.
 */
export async function deploymentIn(assembly: string): Promise<Deployment> {
  const read = async (file: string): Promise<unknown> =>
    JSON.parse(await readFile(join(assembly, file), 'utf8'));
  const { Resources } = (await read('CallersVoiceClone.template.json')) as Template;
  const { files } = (await read('CallersVoiceClone.assets.json')) as AssetManifest;

  function only<Type extends keyof PropertiesOf>(type: Type, id?: string): [string, PropertiesOf[Type]] {
    const found = Object.entries(Resources).filter(
      ([name, resource]) => resource.Type === type && (id === undefined || name === id),
    );
    const [[name, resource] = []] = found;
    if (!name || !resource || found.length > 1) throw new Error(`Not one ${type} but ${found.length}`);
    return [name, resource.Properties as PropertiesOf[Type]];
  }

  const [, mapping] = only('AWS::Lambda::EventSourceMapping');
  const [, lambda] = only('AWS::Lambda::Function', mapping.FunctionName.Ref);
  const [queueId, queue] = only('AWS::SQS::Queue', mapping.EventSourceArn['Fn::GetAtt'][0]);
  const [secretId] = only('AWS::SecretsManager::Secret');
  const topicId = Object.keys(Resources).find(
    (name) => Resources[name]?.Type === 'AWS::SNS::Topic' && name.startsWith('PipelineResults'),
  );
  if (!topicId) throw new Error('There is no topic for results');
  const stateBucketId = Object.keys(Resources).find(
    (name) => Resources[name]?.Type === 'AWS::S3::Bucket' && name.startsWith('PipelineState'),
  );
  if (!stateBucketId) throw new Error('There is no state bucket');
  const asset = files[lambda.Code.S3Key.replace(/\.zip$/, '')];
  if (asset?.source.packaging !== 'zip') throw new Error('The code of the function is no asset of the stack');

  return {
    assetFolder: join(assembly, asset.source.path),
    handler: lambda.Handler,
    runtime: lambda.Runtime,
    logFormat: lambda.LoggingConfig.LogFormat,
    memorySize: lambda.MemorySize,
    timeoutSeconds: lambda.Timeout,
    queue: {
      visibilityTimeoutSeconds: queue.VisibilityTimeout,
      maxReceiveCount: queue.RedrivePolicy.maxReceiveCount,
    },
    mapping: { batchSize: mapping.BatchSize, responseTypes: mapping.FunctionResponseTypes },
    environment({ queueUrl, secretArn, stateBucket, resultTopicArn }) {
      const references = new Map([
        [queueId, queueUrl],
        [secretId, secretArn],
        [stateBucketId, stateBucket],
        [topicId, resultTopicArn],
        // The fifth part of an ARN.
        ['AWS::AccountId', secretArn.split(':')[4]],
      ]);
      const resolve = (value: Value): string => {
        const resolved = typeof value === 'string' ? value : references.get(value.Ref);
        if (resolved === undefined) throw new Error(`What is ${JSON.stringify(value)}?`);
        return resolved;
      };
      const variables = Object.entries(lambda.Environment.Variables);
      return Object.fromEntries(variables.map(([name, value]) => [name, resolve(value)]));
    },
  };
}

/** CloudFormation's `Ref` of a queue is its URL, that of a secret or a topic its ARN, and that of a bucket its name. */
export interface DeployedNames {
  queueUrl: string;
  secretArn: string;
  stateBucket: string;
  resultTopicArn: string;
}

/** A string, or an intrinsic function in its place. */
type Value = string | { Ref: string };

interface PropertiesOf {
  'AWS::Lambda::EventSourceMapping': {
    FunctionName: { Ref: string };
    EventSourceArn: { 'Fn::GetAtt': [id: string, attribute: string] };
    BatchSize: number;
    FunctionResponseTypes: string[];
  };
  'AWS::Lambda::Function': {
    Code: { S3Key: string };
    Handler: string;
    Runtime: string;
    LoggingConfig: { LogFormat: string };
    MemorySize: number;
    Timeout: number;
    Environment: { Variables: Record<string, Value> };
  };
  'AWS::SQS::Queue': { VisibilityTimeout: number; RedrivePolicy: { maxReceiveCount: number } };
  'AWS::SecretsManager::Secret': object;
}

interface Template {
  Resources: Record<string, { Type: string; Properties: unknown }>;
}

/** https://docs.aws.amazon.com/cdk/v2/guide/assets.html */
interface AssetManifest {
  files: Record<string, { source: { path: string; packaging: string } }>;
}
