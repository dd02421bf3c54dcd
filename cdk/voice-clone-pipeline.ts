import { RemovalPolicy, Stack } from 'aws-cdk-lib';
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
import { acknowledgeFindings, type ReviewedParts } from './acknowledgements.ts';
import { createApiKeySecret } from './api-key-secret.ts';
import { createBuckets } from './buckets.ts';
import { checkTypes } from './check-types.ts';
import { checkProps } from './checks.ts';
import { type CloneFunction, createCloneFunction } from './clone-function.ts';
import { grantDrop, grantReadResults, type Place } from './grants.ts';
import { encryptionKeyOf, letAccountUseKeys, letServicesUseKeys } from './keys.ts';
import { limitsOf } from './limits.ts';
import { metricOf } from './metrics.ts';
import { createMonitoring } from './monitoring.ts';
import { checkNeighbors } from './neighbors.ts';
import { retainedOf } from './overrides.ts';
import { prefixWithSlash } from './prefix.ts';
import { createQueues } from './queues.ts';
import { type Surroundings, watchSurroundings } from './surroundings.ts';
import { createResultTopic, letResultsPublish, subscribe } from './topics.ts';
import { UploadSource } from './upload-source.ts';
import { createTrigger, keepNotificationsLog, type Trigger } from './uploads.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';
import { withoutNulls } from './without-nulls.ts';

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
    props = withoutNulls(props);
    checkTypes(props);
    const encryptionKey = encryptionKeyOf(props.encryptionKey);
    const limits = limitsOf(props);
    const { removalPolicy = RemovalPolicy.RETAIN, logRetention = RetentionDays.THREE_MONTHS } = props;
    checkProps(props, limits, Stack.of(this));

    this.prefix = prefixWithSlash(props.prefix ?? '');
    const buckets = createBuckets(this, this.prefix, encryptionKey, { ...props, removalPolicy });
    this.bucket = buckets.bucket;
    this.stateBucket = buckets.stateBucket;
    this.apiKeySecret = props.apiKeySecret ?? createApiKeySecret(this, encryptionKey, removalPolicy);
    this.resultTopic = props.resultTopic ?? createResultTopic(this, encryptionKey);
    letResultsPublish(this, this.resultTopic);
    if (props.resultEmail) this.onResult(new EmailSubscription(props.resultEmail));
    const queues = createQueues(this, { ...limits, encryptionKey });
    this.queue = queues.queue;
    this.deadLetterQueue = queues.deadLetterQueue;

    const place = { bucket: this.bucket, prefix: this.prefix };
    const logs = { retention: logRetention, removalPolicy, ...(encryptionKey && { encryptionKey }) };
    const cloneFunction = createCloneFunction(this, {
      ...place,
      ...limits,
      stateBucket: this.stateBucket,
      apiKeySecret: this.apiKeySecret,
      queue: this.queue,
      resultTopic: this.resultTopic,
      encryptionKey,
      logs,
      options: props,
    });
    this.function = cloneFunction.function;
    const { role } = cloneFunction;
    this.#place = { ...place, scope: this, key: this.bucket.encryptionKey ?? encryptionKey, role };

    const { source = UploadSource.NOTIFICATIONS } = props;
    checkNeighbors(this, this.#others(), source);
    const trigger = createTrigger(this, source, { ...place, ...queues });
    keepNotificationsLog(this, logs);
    const monitored = { function: this.function, ...queues };
    const monitoring = createMonitoring(this, monitored, { ...limits, encryptionKey }, props);
    this.alarmTopic = monitoring.alarmTopic;
    this.alarms = monitoring.alarms;
    if (monitoring.dashboard) this.dashboard = monitoring.dashboard;

    letServicesUseKeys(this, trigger.service, encryptionKey, props.alarmTopic?.masterKey);
    const { bucket, stateBucket, apiKeySecret, resultTopic } = this;
    const keys = [bucket, stateBucket, apiKeySecret].map((each) => each.encryptionKey);
    letAccountUseKeys(this, [encryptionKey, ...keys, resultTopic.masterKey]);
    watchSurroundings(
      this,
      surroundingsOf(this, trigger, { limits, encryptionKey, permissions: cloneFunction.permissions, props }),
    );
    acknowledgeFindings(reviewedPartsOf(this, trigger, cloneFunction, props));
  }

  /**
   * Subscribes an email address, a function, a queue or a webhook to the results, using the classes of
   * `aws-cdk-lib/aws-sns-subscriptions`. Their `filterPolicy` can select results by the attributes listed at
   * `resultTopic`. Delivery is at least once, so duplicates are possible.
   */
  onResult(subscription: ITopicSubscription): Subscription {
    return subscribe(this.resultTopic, subscription);
  }

  /**
   * Grants dropping folders below `prefix`, with `callers-voice-clone` or the S3 console, and reading their
   * results. Denies writing results, because users and programs trust them. If the grantee is an account, a service or
   * a role of another account, the bucket's policy grants it. CDK cannot change the policy of an imported bucket:
   * synthesis then warns with what it must contain, and the grant's `success` is false.
   */
  grantDrop(grantee: IGrantable): Grant {
    return grantDrop(this.#place, grantee);
  }

  /** Grants finding and reading the results below `prefix`, not the samples. Grantees as for `grantDrop`. */
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

  /** Drops that may or may not have become voices. */
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

  /** The other pipelines of the app, without those whose construction failed. */
  #others(): VoiceClonePipeline[] {
    return this.node.root.node
      .findAll()
      .filter((each) => each instanceof VoiceClonePipeline)
      .filter((each) => each !== this && (each as Partial<VoiceClonePipeline>).stateBucket !== undefined);
  }
}

/** What a pipeline depends on, to warn of changes of it. */
function surroundingsOf(
  pipeline: VoiceClonePipeline,
  trigger: Trigger,
  {
    limits,
    encryptionKey,
    permissions,
    props,
  }: Pick<Surroundings, 'limits' | 'encryptionKey' | 'permissions'> & { props: VoiceClonePipelineProps },
): Surroundings {
  const { bucket, stateBucket, prefix, queue, deadLetterQueue, alarmTopic, apiKeySecret, resultTopic } =
    pipeline;
  return {
    bucket,
    notified: trigger.kind === 'notification' ? trigger.bucket : undefined,
    stateBucket,
    prefix,
    queue,
    limits,
    encryptionKey,
    encrypted: [
      bucket,
      stateBucket,
      apiKeySecret,
      queue,
      deadLetterQueue,
      resultTopic,
      alarmTopic,
      pipeline.function,
    ],
    retained: retainedOf([bucket, stateBucket, apiKeySecret, encryptionKey]),
    receivers: [queue, ...(trigger.kind === 'rule' ? [deadLetterQueue] : []), alarmTopic],
    function: pipeline.function,
    vpc: props.vpc,
    vpcSubnets: props.vpcSubnets,
    securityGroups: props.securityGroups,
    apiUrl: props.apiUrl,
    encryption: props.serverSideEncryption?.header,
    permissions,
  };
}

/** What cdk-nag finds in a pipeline: only in what the pipeline created. */
function reviewedPartsOf(
  pipeline: VoiceClonePipeline,
  trigger: Trigger,
  { role, permissions }: CloneFunction,
  props: VoiceClonePipelineProps,
): ReviewedParts {
  const { bucket, stateBucket, apiKeySecret } = pipeline;
  const newBuckets = [...(props.bucket ? [] : [bucket]), ...(props.stateBucket ? [] : [stateBucket])];
  const { tracing = Tracing.DISABLED } = props;
  return {
    newBuckets: props.serverAccessLogsBucket ? [] : newBuckets,
    newSecret: props.apiKeySecret ? undefined : apiKeySecret,
    role,
    objectPatterns: permissions.flatMap(({ resources }) => resources).filter((arn) => arn.includes('*')),
    traced: tracing === Tracing.DISABLED ? undefined : pipeline.function,
    notificationsStack: Stack.of(trigger.kind === 'rule' ? bucket : pipeline),
  };
}
