import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { keyStatements, viaService } from './keys.ts';
import { resultPatterns } from '../voice-folder/names.ts';

/** The parts of a pipeline that its function accesses. */
export interface PermittedParts {
  /** The stack's. */
  readonly region: string;
  readonly bucket: IBucket;
  readonly stateBucket: IBucket;
  readonly prefix: string;
  readonly apiKeySecret: ISecret;
  readonly queue: IQueue;
  readonly resultTopic: ITopic;
  readonly logGroup: ILogGroup;
  readonly encryptionKey: IKey | undefined;
  readonly inVpc: boolean;
}

/** All permissions of the function. */
export function permissionsOf(pipeline: PermittedParts): PolicyStatement[] {
  const { prefix, bucket, stateBucket, apiKeySecret, queue, resultTopic, logGroup, inVpc } = pipeline;
  const objects = (pattern: string) => bucket.arnForObjects(`${prefix}${pattern}`);
  const state = `${bucket.bucketName}/${prefix}`;
  return [
    new PolicyStatement({
      sid: 'ReadFolders',
      actions: ['s3:GetObject'],
      resources: [objects('*')],
    }),
    new PolicyStatement({
      sid: 'WriteResults',
      actions: ['s3:PutObject'],
      resources: resultsIn(pipeline),
    }),
    new PolicyStatement({
      // Keys start with the drop bucket's name and the prefix, so that pipelines can share a state bucket.
      sid: 'KeepLedgers',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [stateBucket.arnForObjects(`${state}*`)],
    }),
    new PolicyStatement({
      // Makes S3 answer 404 instead of 403 for a ledger that does not exist yet.
      sid: 'MissLedgers',
      actions: ['s3:ListBucket'],
      resources: [stateBucket.bucketArn],
      conditions: listingBelow(state),
    }),
    new PolicyStatement({
      // Multipart uploads are not listed as objects until complete. The action does not support a prefix.
      sid: 'SeeUploadsInProgress',
      actions: ['s3:ListBucketMultipartUploads'],
      resources: [bucket.bucketArn],
    }),
    new PolicyStatement({
      // Also makes S3 answer 404 instead of 403 for a result that does not exist yet.
      sid: 'ListFolders',
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: listingBelow(prefix),
    }),
    new PolicyStatement({
      sid: 'ReceiveUploads',
      actions: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ChangeMessageVisibility',
      ],
      resources: [queue.queueArn],
    }),
    new PolicyStatement({
      sid: 'PublishResults',
      actions: ['sns:Publish'],
      resources: [resultTopic.topicArn],
    }),
    new PolicyStatement({
      sid: 'ReadApiKey',
      actions: ['secretsmanager:GetSecretValue'],
      // If an imported secret is known only by name, its ARN ends with six unknown characters.
      resources: [apiKeySecret.secretFullArn ?? `${apiKeySecret.secretArn}-??????`],
    }),
    new PolicyStatement({
      sid: 'WriteLogs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    ...keyPermissions(pipeline),
    ...(inVpc
      ? [
          new PolicyStatement({
            // Lambda requires these for a function in a VPC ("Giving Lambda functions access to resources in
            // an Amazon VPC"). Only deleting an interface could be restricted, to names that are not known in
            // advance.
            sid: 'UseVpc',
            actions: [
              'ec2:CreateNetworkInterface',
              'ec2:DeleteNetworkInterface',
              'ec2:DescribeNetworkInterfaces',
              'ec2:DescribeSubnets',
              'ec2:AssignPrivateIpAddresses',
              'ec2:UnassignPrivateIpAddresses',
            ],
            resources: ['*'],
          }),
        ]
      : []),
  ];
}

/** The ARNs of all results. */
export function resultsIn({ bucket, prefix }: Pick<PermittedParts, 'bucket' | 'prefix'>): string[] {
  return resultPatterns(prefix).map((pattern) => bucket.arnForObjects(pattern));
}

/**
 * Limits listing a bucket to the prefix. S3 also checks that permission, without a prefix, for an object that does
 * not exist; hence IfExists.
 */
export function listingBelow(prefix: string): Record<string, Record<string, string>> {
  return prefix === '' ? {} : { StringLikeIfExists: { 's3:prefix': `${prefix}*` } };
}

/** The use of KMS keys by the function, and by Lambda for it: only through the services that encrypt with them. */
function keyPermissions(pipeline: PermittedParts): PolicyStatement[] {
  const { region, bucket, stateBucket, apiKeySecret, resultTopic, encryptionKey } = pipeline;
  const others = (...keys: (IKey | undefined)[]) =>
    keys.filter((key): key is IKey => key !== undefined && key.keyArn !== encryptionKey?.keyArn);
  // Publishing to an encrypted topic needs the same actions as writing an object.
  const write = ['kms:Decrypt', 'kms:GenerateDataKey'];
  return [
    ...keyStatements({
      sid: 'UseKey',
      actions: write,
      keys: encryptionKey ? [encryptionKey] : [],
      // Lambda decrypts the environment.
      through: ['s3', 'sqs', 'sns', 'secretsmanager', 'lambda'].map((each) => viaService(each, region)),
    }),
    ...keyStatements({
      sid: 'UseKeysOfBuckets',
      actions: write,
      keys: others(bucket.encryptionKey, stateBucket.encryptionKey),
      through: [viaService('s3', region)],
    }),
    ...keyStatements({
      sid: 'UseKeyOfTopic',
      actions: write,
      keys: others(resultTopic.masterKey),
      through: [viaService('sns', resultTopic.env.region)],
    }),
    ...keyStatements({
      sid: 'DecryptApiKey',
      actions: ['kms:Decrypt'],
      keys: others(apiKeySecret.encryptionKey),
      through: [viaService('secretsmanager', region)],
    }),
  ];
}
