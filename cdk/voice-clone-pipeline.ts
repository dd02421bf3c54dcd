import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type Function as LambdaFunction, Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic, ITopicSubscription, Subscription, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DEFAULT_CLONE_TIMEOUT_SECONDS } from '../functions/clone-voice/redelivery.ts';
import { defaultRules } from '../voice-folder/rules.ts';
import { acknowledgeFindings } from './acknowledgements.ts';
import { createApiKeySecret } from './api-key-secret.ts';
import { createDropBucket, createStateBucket } from './buckets.ts';
import {
  checkBucket,
  checkKnown,
  checkRanges,
  checkResultTopic,
  checkSubOrganizations,
  prefixWithSlash,
} from './checks.ts';
import { createCloneFunction } from './clone-function.ts';
import { grantDrop } from './grant-drop.ts';
import { createAlarms, createDashboard } from './monitoring.ts';
import { checkNeighbors } from './neighbors.ts';
import { createQueues } from './queues.ts';
import { checkRetention } from './retention.ts';
import { createAlarmTopic, createResultTopic } from './topics.ts';
import { UploadSource } from './upload-source.ts';
import { createTrigger, keepNotificationsLog } from './uploads.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/**
 * A bucket that clones the voices dropped into it. Uploads of `manifest.json` go through a queue to a
 * function that calls the Callers API once per drop and writes `result.json`. Includes a dead-letter queue,
 * alarms and a dashboard.
 */
export class VoiceClonePipeline extends Construct {
  readonly bucket: IBucket;
  readonly stateBucket: IBucket;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
  readonly apiKeySecret: ISecret;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly function: LambdaFunction;
  /** Receives the result of each drop. */
  readonly resultTopic: ITopic;
  readonly alarmTopic: Topic;
  readonly alarms: Alarm[];
  readonly dashboard: Dashboard;
  /** The key of `bucket`. */
  readonly #key: IKey | undefined;

  /** @throws {Error} if a value is out of range, or the timeouts do not fit together. */
  constructor(scope: Construct, id: string, props: VoiceClonePipelineProps = {}) {
    super(scope, id);
    const {
      encryptionKey,
      removalPolicy = RemovalPolicy.RETAIN,
      timeout = Duration.minutes(15),
      cloneTimeout = Duration.seconds(DEFAULT_CLONE_TIMEOUT_SECONDS),
      completeWithin = Duration.seconds(defaultRules.completeWithinSeconds),
      maxConcurrency = 5,
    } = props;
    const { settle, maxTotalSize } = props;
    checkKnown({ maxConcurrency, timeout, cloneTimeout, completeWithin, settle, maxTotalSize });
    checkRanges(maxConcurrency, timeout, cloneTimeout, completeWithin);
    if (props.subOrganizations) checkSubOrganizations(props.subOrganizations);
    checkBucket('bucket', props.bucket, Stack.of(this));
    checkBucket('stateBucket', props.stateBucket, Stack.of(this));
    checkResultTopic(props.resultTopic);
    checkRetention(props.sampleRetention, props.bucket);

    this.prefix = prefixWithSlash(props.prefix ?? '');
    const newBucket = { encryptionKey, removalPolicy, autoDeleteObjects: props.autoDeleteObjects ?? false };
    this.bucket = props.bucket ?? createDropBucket(this, this.prefix, props.sampleRetention, newBucket);
    this.stateBucket = props.stateBucket ?? createStateBucket(this, newBucket);
    this.#key = this.bucket.encryptionKey ?? encryptionKey;
    this.apiKeySecret = props.apiKeySecret ?? createApiKeySecret(this, encryptionKey, removalPolicy);
    this.resultTopic = props.resultTopic ?? createResultTopic(this, encryptionKey);
    if (props.resultEmail) this.onResult(new EmailSubscription(props.resultEmail));

    const queues = createQueues(this, { timeout, completeWithin, encryptionKey });
    this.queue = queues.queue;
    this.deadLetterQueue = queues.deadLetterQueue;
    const logs = { retention: props.logRetention ?? RetentionDays.THREE_MONTHS, removalPolicy };
    const cloneFunction = createCloneFunction(this, {
      bucket: this.bucket,
      stateBucket: this.stateBucket,
      prefix: this.prefix,
      apiKeySecret: this.apiKeySecret,
      queue: this.queue,
      resultTopic: this.resultTopic,
      encryptionKey,
      timeout,
      cloneTimeout,
      completeWithin,
      maxConcurrency,
      logs,
      options: props,
    });
    this.function = cloneFunction.function;

    checkNeighbors(this, this.#others());
    const trigger = createTrigger(this, props.source ?? UploadSource.NOTIFICATIONS, {
      bucket: this.bucket,
      prefix: this.prefix,
      encryptionKey,
      ...queues,
    });
    keepNotificationsLog(this, logs);

    this.alarmTopic = createAlarmTopic(this);
    if (props.alarmEmail) this.alarmTopic.addSubscription(new EmailSubscription(props.alarmEmail));
    const monitored = { function: this.function, ...queues };
    this.alarms = createAlarms(this, monitored, this.alarmTopic, completeWithin);
    this.dashboard = createDashboard(this, monitored);

    acknowledgeFindings({
      newBuckets: [...(props.bucket ? [] : [this.bucket]), ...(props.stateBucket ? [] : [this.stateBucket])],
      newSecret: props.apiKeySecret ? undefined : this.apiKeySecret,
      role: cloneFunction.role,
      objectPatterns: cloneFunction.permissions
        .flatMap(({ resources }) => resources)
        .filter((arn) => arn.includes('*')),
      isTraced: props.tracing !== undefined && props.tracing !== Tracing.DISABLED,
      notificationsStack: Stack.of(trigger.kind === 'rule' ? this.bucket : this),
    });
  }

  /**
   * Subscribes an email address, a function, a queue or a webhook to the results, using the classes of
   * `aws-cdk-lib/aws-sns-subscriptions`. Their `filterPolicy` can select results by the attributes listed at
   * `resultTopic`. Delivery is at least once, so duplicates are possible.
   */
  onResult(subscription: ITopicSubscription): Subscription {
    return this.resultTopic.addSubscription(subscription);
  }

  /**
   * Grants dropping folders below `prefix`, with `callers-voice-clone` or the S3 console, and reading their
   * results. Denies writing results, because users and programs trust them.
   */
  grantDrop(grantee: IGrantable): Grant {
    return grantDrop({ bucket: this.bucket, prefix: this.prefix, key: this.#key }, grantee);
  }

  /** The other pipelines of the app. */
  #others(): VoiceClonePipeline[] {
    return this.node.root.node
      .findAll()
      .filter((each): each is VoiceClonePipeline => each instanceof VoiceClonePipeline && each !== this);
  }
}
