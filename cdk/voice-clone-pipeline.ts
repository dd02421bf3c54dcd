import { Duration, RemovalPolicy, SecretValue, type Size, Stack } from 'aws-cdk-lib';
import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type Grant, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  CfnEventSourceMapping,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ITopic, type ITopicSubscription, type Subscription, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  DEFAULT_CLONE_TIMEOUT_SECONDS,
  maxReceiveCount,
  visibilityTimeoutSeconds,
} from '../functions/clone-voice/redelivery.ts';
import { defaultRules } from '../voice-folder/rules.ts';
import { acknowledgeFindings } from './acknowledgements.ts';
import { checkBucket, checkKnown, checkRanges, checkSubOrganizations, prefixWithSlash } from './checks.ts';
import { functionCode } from './function-code.ts';
import { grantDrop } from './grant-drop.ts';
import { createAlarms, createDashboard } from './monitoring.ts';
import { permissionsOf } from './permissions.ts';
import { checkRetention, lifecycleOf } from './retention.ts';
import { checkResultTopic, newResultTopic } from './results-topic.ts';
import { UploadSource } from './upload-source.ts';
import { keepNotificationsLog, notifyQueue, routeToQueue } from './uploads.ts';

export interface VoiceClonePipelineProps {
  /**
   * The bucket into which voice folders are dropped. On an existing bucket, CDK sets the notification through
   * a custom resource, and keeps other notifications.
   *
   * @default - a new bucket: versioned, encrypted, TLS only, not public, removes incomplete uploads after a
   *   day
   */
  readonly bucket?: IBucket;

  /**
   * The bucket for the ledgers, which record what was done for each folder, so that nothing is paid for
   * twice. Anyone who can write to it can cause voices to be made again; only the function needs access.
   *
   * @default - a new bucket: versioned, encrypted, TLS only, not public
   */
  readonly stateBucket?: IBucket;

  /**
   * Only folders below this prefix are handled. The trailing slash is optional. May contain letters, digits
   * and `- _ . /`; other characters have a special meaning in IAM policies or notification filters.
   *
   * @default - the whole bucket
   */
  readonly prefix?: string;

  /**
   * The secret that contains the Callers API key, as plain text or as JSON with `apiKey`.
   *
   * @default - a new secret, to be filled after the deployment
   */
  readonly apiKeySecret?: ISecret;

  /**
   * Encrypts the buckets, queues and secret that the pipeline creates. CDK usually knows the keys of buckets
   * and secrets that you pass; pass one here only if it does not, such as for a bucket imported by name. CDK
   * cannot change the policy of an imported key: it must allow `s3.amazonaws.com` to use the key, or S3
   * cannot send to the queue.
   *
   * @default - AWS managed keys
   */
  readonly encryptionKey?: IKey;

  /**
   * How many voices are cloned concurrently, from 2 to 1000. Protects the Callers API, which answers 429 if
   * overloaded. The function adds only 10 to 35 ms per call, so throughput is this number divided by the
   * API's time: 5 make 600 voices per hour at 30 seconds each. The cost per clone does not depend on it
   * (docs/performance.md).
   *
   * @default 5
   */
  readonly maxConcurrency?: number;

  /**
   * The function's memory in MiB. Samples are streamed, so their size does not matter: 128 is enough for a
   * gigabyte (docs/performance.md). More memory comes with more CPU and network: at 512, a gigabyte takes
   * about 6 seconds.
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * The function's timeout. Must exceed `cloneTimeout` by more than 20 seconds. Unused time costs nothing.
   * The default leaves five minutes to read the folder and record the outcome, which take seconds.
   *
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * Time limit of the API call. A call that takes longer ends as `unknown`.
   *
   * @default Duration.minutes(10)
   */
  readonly cloneTimeout?: Duration;

  /**
   * How long samples may be missing, or the API may be busy, before a drop fails. At most about 8 hours,
   * because SQS delivers a message at most 1000 times.
   *
   * @default Duration.minutes(15)
   */
  readonly completeWithin?: Duration;

  /**
   * How long a folder must be unchanged before it is cloned, if its manifest does not list `files` and was
   * not uploaded by `callers-voice-clone drop`.
   *
   * @default Duration.seconds(30)
   */
  readonly settle?: Duration;

  /**
   * Maximum total size of a folder's samples.
   *
   * @default Size.gibibytes(1)
   */
  readonly maxTotalSize?: Size;

  /**
   * The sub-organizations that a manifest may name: `[]` allows none; unset allows all. Anyone who can write
   * to the bucket can choose among them, so this limits what dropping a folder can reach. A manifest without
   * a sub-organization is always allowed: its voice goes to the main organization.
   *
   * @default - every sub-organization that the API key may use
   */
  readonly subOrganizations?: string[];

  /**
   * The Callers API's base URL.
   *
   * @default 'https://api.callers.ai'
   */
  readonly apiUrl?: string;

  /**
   * How long logs are kept.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;

  /**
   * The function's log level. At `WARN` and above, the log no longer says which voices were made;
   * `result.json` and the results topic still do.
   *
   * @default ApplicationLogLevel.INFO
   */
  readonly logLevel?: ApplicationLogLevel;

  /**
   * Whether invocations are traced with X-Ray.
   *
   * @default Tracing.DISABLED
   */
  readonly tracing?: Tracing;

  /**
   * After how many days everything below `prefix` is deleted from the new bucket: samples, manifests and
   * results. Replaced or deleted versions are removed a day later. Recordings of people's voices are personal
   * data: keep them no longer than necessary. The ledgers are kept, so that nothing is paid for twice.
   *
   * @default - samples are kept forever
   */
  readonly sampleRetention?: Duration;

  /**
   * Email address for alarms. AWS first asks the recipient to confirm.
   *
   * @default - none; subscribe to `alarmTopic`
   */
  readonly alarmEmail?: string;

  /**
   * The topic to which results are published. Subscriptions can filter by the attributes `status`, `code`,
   * `folder`, `bucket`, `sub-organization` and `voice-ids`. If the topic is encrypted with a key that CDK
   * does not know, such as one imported by ARN, pass the key as `encryptionKey`.
   *
   * @default - a new topic
   */
  readonly resultTopic?: ITopic;

  /**
   * Email address for all results. AWS first asks the recipient to confirm. For only some results, subscribe
   * to `resultTopic` with a filter.
   *
   * @default - none; subscribe to `resultTopic`
   */
  readonly resultEmail?: string;

  /**
   * How the pipeline is notified of uploads.
   *
   * @default UploadSource.NOTIFICATIONS
   */
  readonly source?: UploadSource;

  /**
   * A VPC for the function, from which it must reach S3, SQS, SNS, Secrets Manager and the Callers API.
   *
   * @default - none
   */
  readonly vpc?: IVpc;

  /**
   * The function's subnets.
   *
   * @default - the private subnets of `vpc`
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * The function's security groups.
   *
   * @default - a new one that allows all outbound traffic
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * What happens to the new buckets, the new secret and the logs when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Whether to empty the new buckets before they are deleted: recordings, results and ledgers. Requires
   * `RemovalPolicy.DESTROY`. If false, CloudFormation cannot delete a bucket that is not empty.
   *
   * @default false
   */
  readonly autoDeleteObjects?: boolean;
}

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
    const bucketProps = { encryptionKey, removalPolicy, autoDeleteObjects: props.autoDeleteObjects ?? false };
    const lifecycleRules = lifecycleOf(this.prefix, props.sampleRetention);
    this.bucket = props.bucket ?? newBucket(this, 'Bucket', { ...bucketProps, lifecycleRules });
    this.stateBucket = props.stateBucket ?? newBucket(this, 'State', bucketProps);
    this.#key = this.bucket.encryptionKey ?? encryptionKey;
    this.apiKeySecret = props.apiKeySecret ?? newSecret(this, encryptionKey, removalPolicy);
    this.resultTopic = props.resultTopic ?? newResultTopic(this, encryptionKey);
    if (props.resultEmail) this.onResult(new EmailSubscription(props.resultEmail));

    const encryption = encryptionKey
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
      : { encryption: QueueEncryption.SQS_MANAGED };
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      ...encryption,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Uploads', {
      ...encryption,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(visibilityTimeoutSeconds(timeout.toSeconds())),
      deadLetterQueue: {
        queue: this.deadLetterQueue,
        maxReceiveCount: maxReceiveCount(completeWithin.toSeconds(), timeout.toSeconds()),
      },
    });

    const logs = { retention: props.logRetention ?? RetentionDays.THREE_MONTHS, removalPolicy };
    const logGroup = new LogGroup(this, 'Logs', logs);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Permissions of the function that clones voices',
    });
    const permissions = permissionsOf({
      bucket: this.bucket,
      stateBucket: this.stateBucket,
      prefix: this.prefix,
      apiKeySecret: this.apiKeySecret,
      queue: this.queue,
      resultTopic: this.resultTopic,
      logGroup,
      encryptionKey,
      inVpc: props.vpc !== undefined,
    });
    for (const statement of permissions) role.addToPolicy(statement);
    this.function = new LambdaFunction(this, 'Function', {
      description: 'Clones a voice from a folder of samples in S3',
      code: functionCode(),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout,
      role,
      logGroup,
      ...(props.vpc && { vpc: props.vpc }),
      ...(props.vpcSubnets && { vpcSubnets: props.vpcSubnets }),
      ...(props.securityGroups && { securityGroups: props.securityGroups }),
      loggingFormat: LoggingFormat.JSON,
      tracing: props.tracing ?? Tracing.DISABLED,
      environment: {
        CALLERS_API_KEY_SECRET_ID: this.apiKeySecret.secretFullArn ?? this.apiKeySecret.secretName,
        QUEUE_URL: this.queue.queueUrl,
        STATE_BUCKET: this.stateBucket.bucketName,
        RESULT_TOPIC_ARN: this.resultTopic.topicArn,
        CLONE_TIMEOUT_SECONDS: String(cloneTimeout.toSeconds()),
        COMPLETE_WITHIN_SECONDS: String(completeWithin.toSeconds()),
        SETTLE_SECONDS: String(settle?.toSeconds() ?? defaultRules.settleSeconds),
        MAX_TOTAL_BYTES: String(maxTotalSize?.toBytes() ?? defaultRules.maxTotalBytes),
        ...(props.subOrganizations && {
          SUB_ORGANIZATIONS: Stack.of(this).toJsonString(props.subOrganizations),
        }),
        ...(props.apiUrl !== undefined && { CALLERS_API_URL: props.apiUrl }),
        ...(props.logLevel !== undefined && { POWERTOOLS_LOG_LEVEL: loggerLevel(props.logLevel) }),
      },
    });
    const mapping = new CfnEventSourceMapping(this, 'UploadsToFunction', {
      eventSourceArn: this.queue.queueArn,
      functionName: this.function.functionName,
      // One drop per invocation, so that drops do not share its time limit.
      batchSize: 1,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: maxConcurrency },
    });
    // Lambda immediately checks that the role may read the queue.
    mapping.node.addDependency(role);

    this.#checkNeighbors();
    const uploads = {
      bucket: this.bucket,
      prefix: this.prefix,
      queue: this.queue,
      deadLetterQueue: this.deadLetterQueue,
      encryptionKey,
    };
    const viaEventBridge = props.source === UploadSource.EVENT_BRIDGE;
    if (viaEventBridge) routeToQueue(this, uploads);
    else notifyQueue(this, uploads);
    keepNotificationsLog(this, logs);

    this.alarmTopic = new Topic(this, 'Alarms', { enforceSSL: true });
    // `enforceSSL` creates a topic policy, which replaces the default one that allows alarms to publish.
    this.alarmTopic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsMayPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.alarmTopic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.alarmEmail) this.alarmTopic.addSubscription(new EmailSubscription(props.alarmEmail));
    const monitored = { function: this.function, queue: this.queue, deadLetterQueue: this.deadLetterQueue };
    this.alarms = createAlarms(this, monitored, this.alarmTopic, completeWithin);
    this.dashboard = createDashboard(this, monitored);

    acknowledgeFindings({
      newBuckets: [...(props.bucket ? [] : [this.bucket]), ...(props.stateBucket ? [] : [this.stateBucket])],
      newSecret: props.apiKeySecret ? undefined : this.apiKeySecret,
      role,
      objectPatterns: permissions.flatMap(({ resources }) => resources).filter((arn) => arn.includes('*')),
      isTraced: props.tracing !== undefined && props.tracing !== Tracing.DISABLED,
      notificationsStack: Stack.of(viaEventBridge ? this.bucket : this),
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

  /**
   * Rejects combinations of pipelines that S3 or CDK's notifications function would reject or undo at
   * deployment.
   */
  #checkNeighbors(): void {
    for (const other of this.node.root.node.findAll()) {
      if (!(other instanceof VoiceClonePipeline) || other === this) continue;
      if (other.bucket.bucketName !== this.bucket.bucketName) continue;
      if (other.prefix.startsWith(this.prefix) || this.prefix.startsWith(other.prefix)) {
        throw new Error(
          `${other.node.path} and ${this.node.path} would both clone the folders below "${longer(this.prefix, other.prefix)}": ` +
            'use prefixes that do not overlap',
        );
      }
      // Each import has its own custom resource, which removes the others' notifications when it is deleted.
      if (other.bucket !== this.bucket && Stack.of(other) === Stack.of(this)) {
        throw new Error(
          `${other.node.path} and ${this.node.path} import the same bucket separately: import it once, and pass it to both`,
        );
      }
    }
  }
}

interface NewBucketProps {
  encryptionKey: IKey | undefined;
  removalPolicy: RemovalPolicy;
  autoDeleteObjects: boolean;
  lifecycleRules?: LifecycleRule[];
}

function newBucket(scope: Construct, id: string, { encryptionKey, ...props }: NewBucketProps): IBucket {
  return new Bucket(scope, id, {
    versioned: true,
    ...(encryptionKey
      ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: lifecycleOf('', undefined),
    ...props,
    // CDK's own types are incompatible under exactOptionalPropertyTypes.
  }) as IBucket;
}

/**
 * The logger's level. Lambda's own log filter would drop the metrics, because it treats them as INFO lines.
 */
function loggerLevel(level: ApplicationLogLevel): string {
  return level === ApplicationLogLevel.FATAL ? 'CRITICAL' : level;
}

function newSecret(scope: Construct, encryptionKey: IKey | undefined, removalPolicy: RemovalPolicy): ISecret {
  return new Secret(scope, 'ApiKey', {
    description: 'Callers API key, as plain text',
    // Without a value, CDK would generate one, and the function would send it as the key. This value contains
    // no key.
    secretStringValue: SecretValue.unsafePlainText('{"apiKey":null}'),
    removalPolicy,
    ...(encryptionKey && { encryptionKey }),
  }) as ISecret;
}

function longer(one: string, other: string): string {
  return one.length > other.length ? one : other;
}
