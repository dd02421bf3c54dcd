import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AssetStaging, Stack } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  CfnEventSourceMapping,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { secretIdOf } from './api-key-secret.ts';
import { functionCode } from './function-code.ts';
import type { Limits } from './limits.ts';
import { permissionsOf, type PermittedParts } from './permissions.ts';
import { ServerSideEncryption } from './server-side-encryption.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/** What the function accesses, and how it runs. */
export interface CloneFunctionProps extends Limits, Omit<PermittedParts, 'region' | 'logGroup' | 'inVpc'> {
  readonly logs: LogGroupProps;
  /** The pipeline's props, for options that only the function needs. */
  readonly options: VoiceClonePipelineProps;
}

/** The function, its role, and what the role may do. */
export interface CloneFunction {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly permissions: readonly PolicyStatement[];
}

/** Creates the function with its log and role, and makes Lambda invoke it with the queue's messages. */
export function createCloneFunction(scope: Construct, props: CloneFunctionProps): CloneFunction {
  const { options, encryptionKey } = props;
  const logGroup = new LogGroup(scope, 'Logs', props.logs);
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: 'Permissions of the function that clones voices',
  });
  const permissions = permissionsOf({
    ...props,
    region: Stack.of(scope).region,
    logGroup,
    inVpc: options.vpc !== undefined,
  });
  for (const statement of permissions) role.addToPolicy(statement);
  const lambda = new LambdaFunction(scope, 'Function', {
    description: 'Clones a voice from a folder of samples in S3',
    code: functionCode(),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: options.memorySize ?? 512,
    timeout: props.timeout,
    role,
    logGroup,
    ...(options.vpc && { vpc: options.vpc }),
    ...(options.vpcSubnets && { vpcSubnets: options.vpcSubnets }),
    ...(options.securityGroups && { securityGroups: options.securityGroups }),
    ...(options.reservedConcurrentExecutions !== undefined && {
      reservedConcurrentExecutions: options.reservedConcurrentExecutions,
    }),
    loggingFormat: LoggingFormat.JSON,
    ...(options.logLevel !== undefined && { applicationLogLevelV2: options.logLevel }),
    tracing: options.tracing ?? Tracing.DISABLED,
    environment: environmentOf(scope, props),
    ...(encryptionKey && { environmentEncryption: encryptionKey }),
  });
  makeReadable(lambda);
  createEventSourceMapping(scope, lambda, role, props);
  return { function: lambda, role, permissions };
}

/** The variables that `functions/clone-voice/config.ts` reads. */
function environmentOf(scope: Construct, props: CloneFunctionProps): Record<string, string> {
  const { options, bucket, apiKeySecret, prefix } = props;
  const sseKey = props.encryptionKey ?? bucket.encryptionKey;
  const sse = options.serverSideEncryption;
  return {
    CALLERS_API_KEY_SECRET_ID: secretIdOf(apiKeySecret),
    QUEUE_URL: props.queue.queueUrl,
    STATE_BUCKET: props.stateBucket.bucketName,
    // Both buckets are in one account: S3 refuses a bucket of that name that changed hands.
    BUCKET_OWNER: bucket.env.account,
    ...(prefix !== '' && { PREFIX: prefix }),
    RESULT_TOPIC_ARN: props.resultTopic.topicArn,
    CLONE_TIMEOUT_SECONDS: String(props.cloneTimeout.toSeconds()),
    COMPLETE_WITHIN_SECONDS: String(props.completeWithin.toSeconds()),
    SETTLE_SECONDS: String(props.settle.toSeconds()),
    MAX_TOTAL_BYTES: String(props.maxTotalSize.toBytes()),
    ...(options.subOrganizations && {
      SUB_ORGANIZATIONS: Stack.of(scope).toJsonString(options.subOrganizations),
    }),
    ...(options.apiUrl !== undefined && { CALLERS_API_URL: options.apiUrl }),
    ...(sse && { SERVER_SIDE_ENCRYPTION: sse.header }),
    ...(sse &&
      sse !== ServerSideEncryption.S3_MANAGED &&
      sseKey && { SERVER_SIDE_ENCRYPTION_KEY_ID: sseKey.keyArn }),
    ...(options.logLevel !== undefined && { POWERTOOLS_LOG_LEVEL: loggerLevel(options.logLevel) }),
  };
}

/** The logger's name for a level of Lambda's filter. Lambda passes the level to the logger too (`AWS_LAMBDA_LOG_LEVEL`). */
function loggerLevel(level: ApplicationLogLevel): string {
  return level === ApplicationLogLevel.FATAL ? 'CRITICAL' : level;
}

/** CDK archives files with their modes. Lambda reads them as another user, which a umask such as 027 prevents. */
function makeReadable(lambda: LambdaFunction): void {
  const folders = lambda.node
    .findAll()
    .flatMap((each) => (each instanceof AssetStaging ? each.absoluteStagedPath : []));
  for (const file of folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))))
    if ((statSync(file).mode & READABLE) !== READABLE) chmodSync(file, 0o644);
}

const READABLE = 0o444;

function createEventSourceMapping(
  scope: Construct,
  { functionName }: LambdaFunction,
  role: Role,
  { queue, maxConcurrency }: CloneFunctionProps,
): CfnEventSourceMapping {
  const mapping = new CfnEventSourceMapping(scope, 'UploadsToFunction', {
    eventSourceArn: queue.queueArn,
    functionName,
    // One drop per invocation, so that drops do not share its time limit.
    batchSize: 1,
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency: maxConcurrency },
  });
  // Lambda immediately checks that the role may read the queue.
  mapping.node.addDependency(role);
  return mapping;
}
