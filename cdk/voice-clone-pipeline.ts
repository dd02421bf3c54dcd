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
   * The bucket that voice folders are dropped into. Of an existing one, CDK sets the notifications through a custom
   * resource, and leaves those of others alone.
   *
   * @default - a new bucket: versioned, encrypted, TLS only, not public, incomplete uploads are removed after a day
   */
  readonly bucket?: IBucket;

  /**
   * The bucket that holds the ledgers: what was done for each folder, so that nothing is paid for twice. Whoever can
   * write to it can have voices made again; nobody but the function needs to.
   *
   * @default - a new bucket: versioned, encrypted, TLS only, not public
   */
  readonly stateBucket?: IBucket;

  /**
   * Only folders below this prefix are looked at, with or without a slash at the end. Of letters, digits and
   * `- _ . /`: the other characters mean something in an IAM policy or in a notification's filter.
   *
   * @default - the whole bucket
   */
  readonly prefix?: string;

  /**
   * The secret that holds the Callers API key, as plain text or as JSON with `apiKey`.
   *
   * @default - a new secret, to be filled after the deployment
   */
  readonly apiKeySecret?: ISecret;

  /**
   * Encrypts the buckets, the queues and the secret that are created here. The keys of buckets and secrets that are
   * passed in are known by themselves; give one here only if CDK does not know it, as of a bucket imported by its name.
   * The policy of an imported key is not changed: it must let `s3.amazonaws.com` use the key, or S3 cannot send to
   * the queue.
   *
   * @default - keys that AWS manages
   */
  readonly encryptionKey?: IKey;

  /**
   * How many voices are cloned at the same time, from 2 to 1000. Shields the Callers API, which answers 429 to more
   * than it takes. The function adds 10 to 35 ms of its own to a call, so that this divided by the API's time is the
   * throughput: 5 make 600 voices an hour at 30 seconds each. More cost the same for each clone (docs/performance.md).
   *
   * @default 5
   */
  readonly maxConcurrency?: number;

  /**
   * Memory of the function in MiB. Samples are streamed, so that their size does not matter: a gigabyte passes within
   * 128 (docs/performance.md). More memory comes with more CPU and network: at 512, a gigabyte takes about 6 seconds.
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Time limit of the function. Must exceed `cloneTimeout` by 20 seconds and more. What is not used costs nothing; five
   * minutes are left to read the folder and to write the outcome, which take seconds.
   *
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * Time limit of the API call. What takes longer ends as `unknown`.
   *
   * @default Duration.minutes(10)
   */
  readonly cloneTimeout?: Duration;

  /**
   * How long samples may be missing, and the API be busy, before a drop fails: about 8 hours at most, since SQS hands
   * out a message 1000 times at most.
   *
   * @default Duration.minutes(15)
   */
  readonly completeWithin?: Duration;

  /**
   * How long a folder must be at rest before it is cloned, if its manifest lists no `files` and was not uploaded by
   * `callers-voice-clone drop`.
   *
   * @default Duration.seconds(30)
   */
  readonly settle?: Duration;

  /**
   * Largest total size of the samples of one folder.
   *
   * @default Size.gibibytes(1)
   */
  readonly maxTotalSize?: Size;

  /**
   * The sub-organizations that a manifest may name to get its voice; with an empty list none. Who can write to the
   * bucket chooses among them, so that this bounds what dropping a folder can reach. The main organization is always
   * allowed: its voices are those whose manifest names no sub-organization.
   *
   * @default - every sub-organization that the API key may use
   */
  readonly subOrganizations?: string[];

  /**
   * Where the Callers API is.
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
   * What the function logs. From `WARN` on, its log no longer says which voices were made: `result.json` and the topic
   * for results still do.
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
   * After how many days everything below `prefix` is deleted from the bucket that is created here: samples, manifests and
   * results. Versions that were replaced or deleted go a day later. Recordings of people's voices are personal data:
   * keep them no longer than they are needed. The ledgers stay, so that nothing is paid for twice.
   *
   * @default - for ever
   */
  readonly sampleRetention?: Duration;

  /**
   * Gets the alarms by e-mail; AWS asks the receiver to confirm first.
   *
   * @default - nobody; subscribe to `alarmTopic`
   */
  readonly alarmEmail?: string;

  /**
   * The topic that is told how each drop ended, with `status`, `code`, `folder`, `bucket`, `sub-organization` and
   * `voice-ids` as attributes to filter by. Of one that is encrypted with a key that CDK does not know, as of a topic
   * imported by its ARN, give the key as `encryptionKey`.
   *
   * @default - a new one
   */
  readonly resultTopic?: ITopic;

  /**
   * Gets every result by e-mail; AWS asks the receiver to confirm first. To get some of them, subscribe to
   * `resultTopic` with a filter.
   *
   * @default - nobody; subscribe to `resultTopic`
   */
  readonly resultEmail?: string;

  /**
   * How the pipeline learns of uploads.
   *
   * @default UploadSource.NOTIFICATIONS
   */
  readonly source?: UploadSource;

  /**
   * Puts the function into a VPC, from which it must reach S3, SQS, SNS, Secrets Manager and the Callers API.
   *
   * @default - none
   */
  readonly vpc?: IVpc;

  /**
   * The subnets of the function.
   *
   * @default - the private ones of `vpc`
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * The security groups of the function.
   *
   * @default - a new one that lets everything out
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * What happens to the new buckets, the new secret and the logs when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Deletes what is in the new buckets before they are deleted: recordings, results and ledgers. Needs
   * `RemovalPolicy.DESTROY`; without it, CloudFormation cannot delete a bucket that is not empty.
   *
   * @default false
   */
  readonly autoDeleteObjects?: boolean;
}

/**
 * A bucket that clones the voices dropped into it: notifications of `manifest.json` go through a queue to a function
 * that calls the Callers API once for each drop and writes `result.json`. With a dead-letter queue, alarms and a
 * dashboard.
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
  /** Is told how each drop ended. */
  readonly resultTopic: ITopic;
  readonly alarmTopic: Topic;
  readonly alarms: Alarm[];
  readonly dashboard: Dashboard;
  readonly #keys: readonly IKey[];

  /** @throws {Error} when a value is out of its range, or the timeouts do not fit into each other. */
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
    const keyOfBucket = this.bucket.encryptionKey ?? encryptionKey;
    this.#keys = keyOfBucket ? [keyOfBucket] : [];
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
      description: 'What the function that clones voices may do',
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
      // One drop for each invocation, so that none of them shares its time.
      batchSize: 1,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: maxConcurrency },
    });
    // Lambda checks at once whether the role may read the queue.
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
    // A topic's own policy, which `enforceSSL` makes, takes the place of the one that would let alarms publish.
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
   * Has somebody told how each drop ended: an e-mail address, a function, a queue or a web hook, by the classes of
   * `aws-cdk-lib/aws-sns-subscriptions`. Their `filterPolicy` picks some of the results, by the attributes that
   * `resultTopic` lists. Each is told at least once, and may be told twice.
   */
  onResult(subscription: ITopicSubscription): Subscription {
    return this.resultTopic.addSubscription(subscription);
  }

  /**
   * Lets somebody drop folders below `prefix`, with `callers-voice-clone` or in S3's console, and read what became of them. Never
   * to write results, which others believe.
   */
  grantDrop(grantee: IGrantable): Grant {
    return grantDrop({ bucket: this.bucket, prefix: this.prefix, keys: this.#keys }, grantee);
  }

  /** Refuses what S3, or CDK's function for notifications, would refuse or undo at deployment. */
  #checkNeighbors(): void {
    for (const other of this.node.root.node.findAll()) {
      if (!(other instanceof VoiceClonePipeline) || other === this) continue;
      if (other.bucket.bucketName !== this.bucket.bucketName) continue;
      if (other.prefix.startsWith(this.prefix) || this.prefix.startsWith(other.prefix)) {
        throw new Error(
          `${other.node.path} and ${this.node.path} would both clone the folders below "${longer(this.prefix, other.prefix)}": ` +
            'give them prefixes of which none begins with the other',
        );
      }
      // Each import has a resource of its own, and removes what is not its own when it goes.
      if (other.bucket !== this.bucket && Stack.of(other) === Stack.of(this)) {
        throw new Error(
          `${other.node.path} and ${this.node.path} have the same bucket, imported twice: import it once, and give it to both`,
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
    // The CDK's own types do not fit each other under exactOptionalPropertyTypes.
  }) as IBucket;
}

/** Not Lambda's own filter, which would take the metrics for lines of the level INFO, and drop them. */
function loggerLevel(level: ApplicationLogLevel): string {
  return level === ApplicationLogLevel.FATAL ? 'CRITICAL' : level;
}

function newSecret(scope: Construct, encryptionKey: IKey | undefined, removalPolicy: RemovalPolicy): ISecret {
  return new Secret(scope, 'ApiKey', {
    description: 'API key of Callers, as plain text',
    // Without a value CDK would have one generated, and the function would send it as a key. This holds none.
    secretStringValue: SecretValue.unsafePlainText('{"apiKey":null}'),
    removalPolicy,
    ...(encryptionKey && { encryptionKey }),
  }) as ISecret;
}

function longer(one: string, other: string): string {
  return one.length > other.length ? one : other;
}
