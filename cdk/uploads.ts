import { CfnResource, Resource, Stack } from 'aws-cdk-lib';
import { type IRuleTarget, Match, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Bucket,
  BucketNotificationDestinationType,
  CfnBucket,
  EventType,
  type IBucket,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { LogGroup, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import { MANIFEST_NAME, manifestPattern } from '../voice-folder/names.ts';
import { propertiesOf } from './properties-of.ts';
import { UploadSource } from './upload-source.ts';

/** The parts of a pipeline that handle upload events. */
export interface UploadParts {
  readonly bucket: IBucket;
  readonly prefix: string;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
}

/** What notifies the queue of uploads, and the service that sends the messages. */
export type Trigger =
  | { readonly kind: 'rule'; readonly rule: Rule; readonly service: string }
  | { readonly kind: 'notification'; readonly bucket: IBucket; readonly service: string };

/** Makes S3, or EventBridge, notify the queue of each upload of a manifest. */
export function createTrigger(scope: Construct, source: UploadSource, parts: UploadParts): Trigger {
  return source === UploadSource.EVENT_BRIDGE
    ? { kind: 'rule', rule: routeToQueue(scope, parts), service: EVENT_BRIDGE_SERVICE }
    : { kind: 'notification', bucket: notifyQueue(scope, parts), service: S3_SERVICE };
}

const S3_SERVICE = 's3.amazonaws.com';
const EVENT_BRIDGE_SERVICE = 'events.amazonaws.com';

/** Makes S3 notify the queue. Returns the construct of the bucket on which the notification was set. */
function notifyQueue(scope: Construct, { bucket, prefix, queue }: UploadParts): IBucket {
  letSend(scope, S3_SERVICE, bucket.bucketArn, [queue]);
  const destination = {
    bind: () => ({
      arn: queue.queueArn,
      type: BucketNotificationDestinationType.QUEUE,
      dependencies: [queue],
    }),
  };
  const notified = bucketFor(scope, bucket);
  notified.addEventNotification(EventType.OBJECT_CREATED, destination, {
    ...(prefix !== '' && { prefix }),
    suffix: MANIFEST_NAME,
  });
  return notified;
}

/**
 * Gives the log of CDK's function for bucket notifications, one per stack, the same retention as ours;
 * otherwise it would be kept forever.
 */
export function keepNotificationsLog(scope: Construct, props: LogGroupProps): LogGroup | undefined {
  const stack = Stack.of(scope);
  const handler = notificationsHandlerOf(stack)?.node.tryFindChild('Resource');
  if (!CfnResource.isCfnResource(handler) || stack.node.tryFindChild(NOTIFICATIONS_LOG)) return undefined;
  const logGroup = new LogGroup(stack, NOTIFICATIONS_LOG, props);
  handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroup.logGroupName });
  return logGroup;
}

const NOTIFICATIONS_LOG = 'BucketNotificationsLogs';

/** CDK's function for bucket notifications, if the stack has one. */
export function notificationsHandlerOf(stack: Stack): IConstruct | undefined {
  return stack.node.children.find(({ node }) => node.id.startsWith('BucketNotificationsHandler'));
}

/**
 * Routes manifest uploads from EventBridge to the queue, and undeliverable events to the dead-letter queue.
 */
function routeToQueue(scope: Construct, parts: UploadParts): Rule {
  const { bucket, prefix, queue, deadLetterQueue } = parts;
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
        object: { key: Match.wildcard(manifestPattern(prefix)) },
      },
    },
    targets: [target],
  });
  letSend(scope, EVENT_BRIDGE_SERVICE, rule.ruleArn, [queue, deadLetterQueue]);
  if (Resource.isOwnedResource(bucket) && !hasOwnNotifications(bucket))
    bucket.enableEventBridgeNotification();
  return rule;
}

/** Whether the bucket's resource itself sets notifications; CDK's function would replace them. */
function hasOwnNotifications({ node: { defaultChild } }: IBucket): boolean {
  return defaultChild instanceof CfnBucket && defaultChild.notificationConfiguration !== undefined;
}

/**
 * A construct of the bucket on which the pipeline's stack can set notifications. CDK puts a bucket's
 * notifications into the bucket's stack, which would depend on our queue while we depend on the bucket. So a
 * bucket of another stack is imported.
 */
function bucketFor(scope: Construct, bucket: IBucket): IBucket {
  const stack = Stack.of(scope);
  if (Stack.of(bucket) === stack) return bucket;
  // If the bucket's own stack makes it and sets notifications, it overwrites the whole list, without ours.
  scope.node.addValidation({
    validate: () =>
      hasManagedNotifications(bucket)
        ? [
            `${Stack.of(bucket).node.path} sets notifications on ${bucket.node.path}, and would remove this pipeline’s ` +
              'notification: create the pipeline in that stack, or use `source: UploadSource.EVENT_BRIDGE`',
          ]
        : [],
  });
  // Import once per stack, because each import has its own list of notifications.
  const id = `Bucket${bucket.node.addr}`;
  return (
    (stack.node.tryFindChild(id) as IBucket | undefined) ??
    Bucket.fromBucketName(stack, id, bucket.bucketName)
  );
}

/** Whether CDK's function replaces all notifications of the bucket, instead of keeping those of others. */
export function hasManagedNotifications(bucket: IBucket): boolean {
  const byCdk = bucket.node.tryFindChild('Notifications')?.node.tryFindChild('Resource');
  return CfnResource.isCfnResource(byCdk) && propertiesOf(byCdk)['Managed'] === true;
}

/**
 * Allows a service to send to the queues. CDK's own targets would also put the bucket or the rule into the key's
 * policy, which makes a circular dependency if the key is in the same stack.
 */
function letSend(scope: Construct, service: string, source: string, queues: Queue[]): void {
  for (const queue of queues) {
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(service)],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: {
          ArnLike: { 'aws:SourceArn': source },
          // A bucket's ARN contains no account: after its deletion, anyone could create a bucket with its
          // name.
          StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
        },
      }),
    );
  }
}
