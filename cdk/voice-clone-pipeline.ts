import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  type Dashboard,
  type Metric,
  type MetricOptions,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Function as LambdaFunction, Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic, ITopicSubscription, Subscription } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DEFAULT_CLONE_TIMEOUT_SECONDS } from '../functions/clone-voice/redelivery.ts';
import { defaultRules } from '../voice-folder/rules.ts';
import { acknowledgeFindings } from './acknowledgements.ts';
import { createApiKeySecret } from './api-key-secret.ts';
import { createDropBucket, createStateBucket } from './buckets.ts';
import { checkProps, prefixWithSlash } from './checks.ts';
import { createCloneFunction } from './clone-function.ts';
import { grantDrop, grantReadResults, type Place } from './grants.ts';
import { addToKeyPolicy, encryptionKeyOf, useByLogs, useBySender } from './keys.ts';
import { createAlarms, createDashboard, metricOf } from './monitoring.ts';
import { checkNeighbors } from './neighbors.ts';
import { createQueues } from './queues.ts';
import { watchSurroundings } from './surroundings.ts';
import { ALARMS_SERVICE, createAlarmTopic, createResultTopic, letAlarmsPublish } from './topics.ts';
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
  /** The topic that alarms notify. */
  readonly alarmTopic: ITopic;
  /** Empty with `alarms: false`. */
  readonly alarms: Alarm[];
  /** Undefined with `dashboard: false`. */
  readonly dashboard?: Dashboard;
  readonly #place: Place;

  /** @throws {Error} if a value is out of range, or the timeouts do not fit together. */
  constructor(scope: Construct, id: string, props: VoiceClonePipelineProps = {}) {
    super(scope, id);
    const stack = Stack.of(this);
    const encryptionKey = encryptionKeyOf(props.encryptionKey);
    const {
      removalPolicy = RemovalPolicy.RETAIN,
      timeout = Duration.minutes(15),
      cloneTimeout = Duration.seconds(DEFAULT_CLONE_TIMEOUT_SECONDS),
      completeWithin = Duration.seconds(defaultRules.completeWithinSeconds),
      settle = Duration.seconds(defaultRules.settleSeconds),
      maxTotalSize = Size.bytes(defaultRules.maxTotalBytes),
      maxConcurrency = 5,
    } = props;
    const limits = { timeout, cloneTimeout, completeWithin, settle, maxTotalSize, maxConcurrency };
    checkProps(props, limits, stack);

    this.prefix = prefixWithSlash(props.prefix ?? '');
    const newBucket = {
      encryptionKey,
      removalPolicy,
      autoDeleteObjects: props.autoDeleteObjects ?? false,
      serverAccessLogsBucket: props.serverAccessLogsBucket,
    };
    this.bucket = props.bucket ?? createDropBucket(this, this.prefix, props.sampleRetention, newBucket);
    this.stateBucket = props.stateBucket ?? createStateBucket(this, newBucket);
    this.apiKeySecret = props.apiKeySecret ?? createApiKeySecret(this, encryptionKey, removalPolicy);
    this.resultTopic = props.resultTopic ?? createResultTopic(this, encryptionKey);
    if (props.resultEmail) this.onResult(new EmailSubscription(props.resultEmail));

    const queues = createQueues(this, { timeout, completeWithin, encryptionKey });
    this.queue = queues.queue;
    this.deadLetterQueue = queues.deadLetterQueue;
    const logs = {
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy,
      ...(encryptionKey && { encryptionKey }),
    };
    const cloneFunction = createCloneFunction(this, {
      bucket: this.bucket,
      stateBucket: this.stateBucket,
      prefix: this.prefix,
      apiKeySecret: this.apiKeySecret,
      queue: this.queue,
      resultTopic: this.resultTopic,
      encryptionKey,
      ...limits,
      logs,
      options: props,
    });
    this.function = cloneFunction.function;
    this.#place = {
      scope: this,
      bucket: this.bucket,
      prefix: this.prefix,
      key: this.bucket.encryptionKey ?? encryptionKey,
      role: cloneFunction.role,
    };

    checkNeighbors(this, this.#others());
    const trigger = createTrigger(this, props.source ?? UploadSource.NOTIFICATIONS, {
      bucket: this.bucket,
      prefix: this.prefix,
      ...queues,
    });
    keepNotificationsLog(this, logs);

    this.alarmTopic = props.alarmTopic ?? createAlarmTopic(this, encryptionKey);
    if (props.alarmTopic) letAlarmsPublish(this, props.alarmTopic);
    if (props.alarmEmail) this.alarmTopic.addSubscription(new EmailSubscription(props.alarmEmail));
    const monitored = { function: this.function, ...queues };
    const thresholds = props.alarmThresholds ?? {};
    this.alarms =
      props.alarms === false
        ? []
        : createAlarms(this, monitored, { topic: this.alarmTopic, completeWithin, thresholds });
    if (props.dashboard !== false) this.dashboard = createDashboard(this, monitored);

    if (encryptionKey) {
      addToKeyPolicy(this, encryptionKey, [
        ...[trigger.service, ALARMS_SERVICE].map(useBySender),
        useByLogs(stack),
      ]);
    }
    const topicKey = props.alarmTopic?.masterKey;
    if (topicKey && topicKey !== encryptionKey) addToKeyPolicy(this, topicKey, [useBySender(ALARMS_SERVICE)]);
    watchSurroundings(this, {
      bucket: this.bucket,
      notified: trigger.kind === 'notification' ? trigger.bucket : undefined,
      queue: this.queue,
      prefix: this.prefix,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      apiUrl: props.apiUrl,
    });
    acknowledgeFindings({
      newBuckets: props.serverAccessLogsBucket
        ? []
        : [...(props.bucket ? [] : [this.bucket]), ...(props.stateBucket ? [] : [this.stateBucket])],
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
   * results. Denies writing results, because users and programs trust them. The grantee may also be an account, a
   * service or a role of another account: then the bucket's policy says so. CDK cannot change the policy of an imported
   * bucket: synthesis then warns with what it must contain, and the grant has no `success`.
   */
  grantDrop(grantee: IGrantable): Grant {
    return grantDrop(this.#place, grantee);
  }

  /** Grants finding and reading the results below `prefix`, not the samples. For whom, see `grantDrop`. */
  grantReadResults(grantee: IGrantable): Grant {
    return grantReadResults(this.#place, grantee);
  }

  /**
   * A metric that the function emits, such as `Deferred`, `Duplicate`, `SampleBytes` or the code of an error: by
   * default its sum in five minutes.
   */
  metric(metricName: string, options?: MetricOptions): Metric {
    return metricOf(this.function.functionName, metricName, options);
  }

  /** Drops that became voices. */
  metricCloned(options?: MetricOptions): Metric {
    return this.metric('Cloned', options);
  }

  /** Drops that failed: no voice was made. */
  metricFailed(options?: MetricOptions): Metric {
    return this.metric('Failed', options);
  }

  /** Drops of which it is unknown whether they became voices. */
  metricUnknown(options?: MetricOptions): Metric {
    return this.metric('Unknown', options);
  }

  /** Seconds from the upload of a manifest to the voice: by default the longest in five minutes. */
  metricTimeToVoice(options?: MetricOptions): Metric {
    return this.metric('TimeToVoice', { statistic: Stats.MAXIMUM, ...options });
  }

  /** Milliseconds of the API calls: by default the longest in five minutes. */
  metricCloneDuration(options?: MetricOptions): Metric {
    return this.metric('CloneDuration', { statistic: Stats.MAXIMUM, ...options });
  }

  /** The other pipelines of the app. */
  #others(): VoiceClonePipeline[] {
    return this.node.root.node
      .findAll()
      .filter((each): each is VoiceClonePipeline => each instanceof VoiceClonePipeline && each !== this);
  }
}
