import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** The parts of a pipeline that its function has to do with. */
export interface PermittedParts {
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

/** Everything that the function may do, each with the reason. */
export function permissionsOf(pipeline: PermittedParts): PolicyStatement[] {
  const { prefix, bucket, stateBucket, apiKeySecret, queue, resultTopic, logGroup, encryptionKey, inVpc } =
    pipeline;
  const objects = (pattern: string) => bucket.arnForObjects(`${prefix}${pattern}`);
  // Encrypting a message for a topic takes the same actions as writing an object.
  const objectKeys = arnsOf(
    encryptionKey,
    bucket.encryptionKey,
    stateBucket.encryptionKey,
    resultTopic.masterKey,
  );
  const secretKeys = arnsOf(apiKeySecret.encryptionKey).filter((arn) => !objectKeys.includes(arn));
  return [
    new PolicyStatement({
      sid: 'ReadFolders',
      actions: ['s3:GetObject'],
      resources: [objects('*')],
    }),
    new PolicyStatement({
      sid: 'WriteResults',
      actions: ['s3:PutObject'],
      // A folder may be the prefix itself.
      resources: [objects('result.json'), objects('*/result.json')],
    }),
    new PolicyStatement({
      // Their names begin with the bucket that they are about, so that pipelines may share a state bucket.
      sid: 'KeepLedgers',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [stateBucket.arnForObjects(`${bucket.bucketName}/*`)],
    }),
    new PolicyStatement({
      // Makes S3 answer 404 instead of 403 for a ledger that is not there yet.
      sid: 'MissLedgers',
      actions: ['s3:ListBucket'],
      resources: [stateBucket.bucketArn],
    }),
    new PolicyStatement({
      // Large samples are in no listing before they are whole. The action knows no prefix.
      sid: 'SeeUploadsInProgress',
      actions: ['s3:ListBucketMultipartUploads'],
      resources: [bucket.bucketArn],
    }),
    new PolicyStatement({
      // Also what makes S3 answer 404 instead of 403 for a result that is not there yet. That check knows no
      // prefix, hence IfExists.
      sid: 'ListFolders',
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      ...(prefix !== '' && { conditions: { StringLikeIfExists: { 's3:prefix': `${prefix}*` } } }),
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
      // An imported secret may be known by its name alone; its ARN then ends with six more characters.
      resources: [apiKeySecret.secretFullArn ?? `${apiKeySecret.secretArn}-??????`],
    }),
    new PolicyStatement({
      sid: 'WriteLogs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    ...(objectKeys.length > 0
      ? [
          new PolicyStatement({
            sid: 'UseKey',
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: objectKeys,
          }),
        ]
      : []),
    ...(secretKeys.length > 0
      ? [new PolicyStatement({ sid: 'DecryptApiKey', actions: ['kms:Decrypt'], resources: secretKeys })]
      : []),
    ...(inVpc
      ? [
          new PolicyStatement({
            // What Lambda asks of the role of a function in a VPC ("Giving Lambda functions access to resources in an
            // Amazon VPC"); only the deletion of an interface could be narrowed, to names that nobody knows before.
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

function arnsOf(...keys: (IKey | undefined)[]): string[] {
  return [...new Set(keys.flatMap((key) => key?.keyArn ?? []))];
}
