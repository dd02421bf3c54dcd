import { Annotations, CfnResource, Resource, Stack } from 'aws-cdk-lib';
import { type IRuleTarget, Match, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketNotificationDestinationType, EventType, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { LogGroup, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';

/** What uploads have to do with. */
export interface UploadParts {
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  /** Of the queues. */
  readonly encryptionKey: IKey | undefined;
}

/** Has S3 notify the queue of each upload of a manifest. */
export function notifyQueue(scope: Construct, { bucket, prefix, queue, encryptionKey }: UploadParts): void {
  letSend(scope, 's3.amazonaws.com', bucket.bucketArn, [queue], encryptionKey);
  const destination = {
    bind: () => ({
      arn: queue.queueArn,
      type: BucketNotificationDestinationType.QUEUE,
      dependencies: [queue],
    }),
  };
  bucketFor(scope, bucket).addEventNotification(EventType.OBJECT_CREATED, destination, {
    ...(prefix !== '' && { prefix }),
    suffix: 'manifest.json',
  });
}

/**
 * Keeps the log of CDK's own function for bucket notifications, one for a whole stack, as long as ours; by itself it would
 * be kept for ever.
 */
export function keepNotificationsLog(scope: Construct, props: LogGroupProps): void {
  const stack = Stack.of(scope);
  const handler = notificationsHandlerOf(stack)?.node.tryFindChild('Resource');
  if (!CfnResource.isCfnResource(handler) || stack.node.tryFindChild(NOTIFICATIONS_LOG)) return;
  const logGroup = new LogGroup(stack, NOTIFICATIONS_LOG, props);
  handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroup.logGroupName });
}

const NOTIFICATIONS_LOG = 'BucketNotificationsLogs';

/** CDK's own function for bucket notifications, if the stack has it. */
export function notificationsHandlerOf(stack: Stack): IConstruct | undefined {
  return stack.node.children.find(({ node }) => node.id.startsWith('BucketNotificationsHandler'));
}

/** Has EventBridge send each upload of a manifest to the queue, and what it cannot deliver to the dead letters. */
export function routeToQueue(scope: Construct, parts: UploadParts): void {
  const { bucket, prefix, queue, deadLetterQueue, encryptionKey } = parts;
  const target: IRuleTarget = {
    bind: () => ({ arn: queue.queueArn, deadLetterConfig: { arn: deadLetterQueue.queueArn } }),
  };
  const rule = new Rule(scope, 'UploadsRule', {
    description: 'Uploads of manifests, for the function that clones voices',
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: {
        bucket: { name: [bucket.bucketName] },
        object: { key: Match.wildcard(`${prefix}*manifest.json`) },
      },
    },
    targets: [target],
  });
  letSend(scope, 'events.amazonaws.com', rule.ruleArn, [queue, deadLetterQueue], encryptionKey);
  if (Resource.isOwnedResource(bucket)) bucket.enableEventBridgeNotification();
}

/**
 * The bucket as the stack of the pipeline may set notifications on it. CDK keeps those of a bucket in the stack that the
 * bucket comes from, which would need our queue while we need the bucket. So here one of another stack is imported.
 */
function bucketFor(scope: Construct, bucket: IBucket): IBucket {
  const stack = Stack.of(scope);
  if (Stack.of(bucket) === stack) return bucket;
  // The stack of the bucket would set the whole list of its notifications, without ours.
  scope.node.addValidation({
    validate: () =>
      bucket.node.tryFindChild('Notifications')
        ? [
            `${Stack.of(bucket).node.path} sets notifications on ${bucket.node.path}, and would remove the one of this ` +
              'pipeline: create the pipeline in that stack, or give it `source: UploadSource.EVENT_BRIDGE`',
          ]
        : [],
  });
  // One for all pipelines of a stack: each import has a list of its own.
  const id = `Bucket${bucket.node.addr}`;
  return (
    (stack.node.tryFindChild(id) as IBucket | undefined) ??
    Bucket.fromBucketName(stack, id, bucket.bucketName)
  );
}

/**
 * Lets a service send to the queues. CDK's own targets would name the bucket or the rule in the key's policy: a key and
 * they, in one stack, would then wait for each other.
 */
function letSend(
  scope: Construct,
  service: string,
  source: string,
  queues: Queue[],
  key: IKey | undefined,
): void {
  const principals = [new ServicePrincipal(service)];
  for (const queue of queues) {
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: {
          ArnLike: { 'aws:SourceArn': source },
          // A bucket's ARN names no account: once it is deleted, anybody may create one of the same name.
          StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
        },
      }),
    );
  }
  // Of a key's policy, `*` is the key itself.
  const useKey = new PolicyStatement({
    principals,
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['*'],
  });
  if (key && !key.addToResourcePolicy(useKey, true).statementAdded) {
    Annotations.of(scope).addWarningV2(
      'callers-voice-clone:importedKey',
      `The policy of an imported key is not changed. It must contain: ${JSON.stringify(Stack.of(scope).resolve(useKey.toStatementJson()))}`,
    );
  }
}
