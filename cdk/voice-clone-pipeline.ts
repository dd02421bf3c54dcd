import {
  Annotations,
  Duration,
  RemovalPolicy,
  SecretValue,
  Size,
  Stack,
  Token,
  TokenComparison,
} from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  CfnEventSourceMapping,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  BucketNotificationDestinationType,
  EventType,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { lambdaBundleFolder } from '../functions/bundle.ts';
import { areSubOrganizations, SECONDS_TO_CONCLUDE } from '../functions/clone-voice/config.ts';
import { METRICS_NAMESPACE } from '../functions/clone-voice/metrics.ts';
import { maxReceiveCount, visibilityTimeoutSeconds } from '../functions/clone-voice/redelivery.ts';
import { defaultRules } from '../voice-folder/rules.ts';
import { acknowledgeFindings } from './acknowledgements.ts';

export interface VoiceClonePipelineProps {
  /**
   * The bucket that voice folders are dropped into. Of an existing one, CDK sets the notifications through a custom
   * resource, and leaves those of others alone. One that another stack of the same app creates must be passed by
   * its name (`Bucket.fromBucketName`): otherwise each stack would wait for the other.
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
   * `callers-voice drop`.
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
  readonly subOrganizations?: readonly string[];

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
   * Gets the alarms by e-mail; AWS asks the receiver to confirm first.
   *
   * @default - nobody; subscribe to `alarmTopic`
   */
  readonly alarmEmail?: string;

  /**
   * Sends the bucket's events to EventBridge too, so that other systems can react to `result.json`.
   *
   * @default false
   */
  readonly eventBridge?: boolean;

  /**
   * What happens to the new buckets, the new secret and the logs when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The most that a redrive policy takes (Amazon SQS, SetQueueAttributes). */
const MAX_RECEIVE_COUNT = 1000;

/** What a prefix may be; no slash at its beginning, since nobody's keys have one. */
export const PREFIX_PATTERN = /^(?!\/)[A-Za-z0-9_./-]*$/;
export const PREFIX_RULE = 'must be of letters, digits and - _ . / and not begin with a slash';

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
  readonly alarmTopic: Topic;
  readonly alarms: readonly Alarm[];
  readonly dashboard: Dashboard;

  /** @throws {Error} when a value is out of its range, or the timeouts do not fit into each other. */
  constructor(scope: Construct, id: string, props: VoiceClonePipelineProps = {}) {
    super(scope, id);
    const {
      encryptionKey,
      removalPolicy = RemovalPolicy.RETAIN,
      timeout = Duration.minutes(15),
      cloneTimeout = Duration.minutes(10),
      completeWithin = Duration.minutes(15),
      maxConcurrency = 5,
    } = props;
    const { settle, maxTotalSize } = props;
    checkKnown({ maxConcurrency, timeout, cloneTimeout, completeWithin, settle, maxTotalSize });
    checkRanges(maxConcurrency, timeout, cloneTimeout, completeWithin);
    if (props.subOrganizations) checkSubOrganizations(props.subOrganizations);
    checkBucket('bucket', props.bucket, Stack.of(this));
    checkBucket('stateBucket', props.stateBucket, Stack.of(this));

    this.prefix = prefixWithSlash(props.prefix ?? '');
    this.bucket = props.bucket ?? newBucket(this, 'Bucket', encryptionKey, removalPolicy);
    this.stateBucket = props.stateBucket ?? newBucket(this, 'State', encryptionKey, removalPolicy);
    this.apiKeySecret = props.apiKeySecret ?? newSecret(this, encryptionKey, removalPolicy);

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

    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'What the function that clones voices may do',
    });
    const permissions = this.#permissions(logGroup, encryptionKey);
    for (const statement of permissions) role.addToPolicy(statement);
    this.function = new LambdaFunction(this, 'Function', {
      description: 'Clones a voice from a folder of samples in S3',
      // What a build that was killed left behind is no part of it.
      code: Code.fromAsset(lambdaBundleFolder, { exclude: ['*', '!index.js', '!package.json'] }),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        CALLERS_API_KEY_SECRET_ID: this.apiKeySecret.secretFullArn ?? this.apiKeySecret.secretName,
        QUEUE_URL: this.queue.queueUrl,
        STATE_BUCKET: this.stateBucket.bucketName,
        CLONE_TIMEOUT_SECONDS: String(cloneTimeout.toSeconds()),
        COMPLETE_WITHIN_SECONDS: String(completeWithin.toSeconds()),
        SETTLE_SECONDS: String(settle?.toSeconds() ?? defaultRules.settleSeconds),
        MAX_TOTAL_BYTES: String((maxTotalSize ?? Size.gibibytes(1)).toBytes()),
        ...(props.subOrganizations && {
          SUB_ORGANIZATIONS: Stack.of(this).toJsonString(props.subOrganizations),
        }),
        ...(props.apiUrl !== undefined && { CALLERS_API_URL: props.apiUrl }),
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
    this.#letBucketSend(encryptionKey);
    const destination = {
      bind: () => ({
        arn: this.queue.queueArn,
        type: BucketNotificationDestinationType.QUEUE,
        dependencies: [this.queue],
      }),
    };
    this.bucket.addEventNotification(EventType.OBJECT_CREATED, destination, {
      ...(this.prefix !== '' && { prefix: this.prefix }),
      suffix: 'manifest.json',
    });
    if (props.eventBridge) this.bucket.enableEventBridgeNotification();

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
    this.alarms = this.#createAlarms(completeWithin);
    this.dashboard = this.#createDashboard();

    acknowledgeFindings({
      newBuckets: [...(props.bucket ? [] : [this.bucket]), ...(props.stateBucket ? [] : [this.stateBucket])],
      newSecret: props.apiKeySecret ? undefined : this.apiKeySecret,
      role,
      objectPatterns: permissions.flatMap(({ resources }) => resources).filter((arn) => arn.includes('*')),
      notificationsStack: Stack.of(this.bucket),
    });
  }

  /** Everything that the function may do, each with the reason. */
  #permissions(logGroup: LogGroup, key: IKey | undefined): PolicyStatement[] {
    const objects = (pattern: string) => this.bucket.arnForObjects(`${this.prefix}${pattern}`);
    const objectKeys = arnsOf(key, this.bucket.encryptionKey, this.stateBucket.encryptionKey);
    const secretKeys = arnsOf(this.apiKeySecret.encryptionKey).filter((arn) => !objectKeys.includes(arn));
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
        resources: [this.stateBucket.arnForObjects(`${this.bucket.bucketName}/*`)],
      }),
      new PolicyStatement({
        // Makes S3 answer 404 instead of 403 for a ledger that is not there yet.
        sid: 'MissLedgers',
        actions: ['s3:ListBucket'],
        resources: [this.stateBucket.bucketArn],
      }),
      new PolicyStatement({
        // Large samples are in no listing before they are whole. The action knows no prefix.
        sid: 'SeeUploadsInProgress',
        actions: ['s3:ListBucketMultipartUploads'],
        resources: [this.bucket.bucketArn],
      }),
      new PolicyStatement({
        // Also what makes S3 answer 404 instead of 403 for a result that is not there yet. That check knows no
        // prefix, hence IfExists.
        sid: 'ListFolders',
        actions: ['s3:ListBucket'],
        resources: [this.bucket.bucketArn],
        ...(this.prefix !== '' && { conditions: { StringLikeIfExists: { 's3:prefix': `${this.prefix}*` } } }),
      }),
      new PolicyStatement({
        sid: 'ReceiveUploads',
        actions: [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ChangeMessageVisibility',
        ],
        resources: [this.queue.queueArn],
      }),
      new PolicyStatement({
        sid: 'ReadApiKey',
        actions: ['secretsmanager:GetSecretValue'],
        // An imported secret may be known by its name alone; its ARN then ends with six more characters.
        resources: [this.apiKeySecret.secretFullArn ?? `${this.apiKeySecret.secretArn}-??????`],
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
    ];
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
      if (other.bucket !== this.bucket && Stack.of(other.bucket) === Stack.of(this.bucket)) {
        throw new Error(
          `${other.node.path} and ${this.node.path} have the same bucket, imported twice: import it once, and give it to both`,
        );
      }
    }
  }

  /**
   * Lets the bucket send to the queue. CDK's `SqsDestination` would name the bucket in the key's policy: a key and a
   * bucket of one stack would then wait for each other. It also grants more.
   */
  #letBucketSend(key: IKey | undefined): void {
    const principals = [new ServicePrincipal('s3.amazonaws.com')];
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: {
          ArnLike: { 'aws:SourceArn': this.bucket.bucketArn },
          // A bucket's ARN names no account: once it is deleted, anybody may create one of the same name.
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
        },
      }),
    );
    // Of a key's policy, `*` is the key itself.
    const useKey = new PolicyStatement({
      principals,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
    });
    if (key && !key.addToResourcePolicy(useKey, true).statementAdded) {
      Annotations.of(this).addWarningV2(
        'callers-voice-clone:importedKey',
        `The policy of an imported key is not changed. It must contain: ${JSON.stringify(useKey.toJSON())}`,
      );
    }
  }

  #metric(name: string, statistic: string = Stats.SUM): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: name,
      dimensionsMap: { service: this.function.functionName },
      statistic,
      period: Duration.minutes(5),
    });
  }

  #createAlarms(completeWithin: Duration): Alarm[] {
    const alarm = (id: string, metric: IMetric, threshold: number, alarmDescription: string) => {
      const created = new Alarm(this, id, {
        metric,
        threshold,
        alarmDescription,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      created.addAlarmAction(new SnsAction(this.alarmTopic));
      return created;
    };
    const period = Duration.minutes(5);
    return [
      alarm(
        'DeadLettersAlarm',
        this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
        1,
        'A drop could not be dealt with; its message is in the dead-letter queue. Look at the log, then redrive it.',
      ),
      alarm(
        'AgeAlarm',
        this.queue.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM }),
        2 * completeWithin.toSeconds(),
        'A drop has been waiting for long. The API may be slow, or more is dropped than maxConcurrency lets through.',
      ),
      alarm(
        'ErrorsAlarm',
        this.function.metricErrors({ period }),
        1,
        'The function failed: a wrong setting, a timeout or a crash. Look at the log.',
      ),
      alarm(
        'UnknownAlarm',
        this.#metric('Unknown'),
        1,
        'Nobody knows whether a voice was made. Look at the voices in Callers, as result.json says.',
      ),
    ];
  }

  #createDashboard(): Dashboard {
    const widget = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8 });
    const duration = (statistic: string) => this.#metric('CloneDuration', statistic);
    return new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          widget('Drops', this.#metric('Cloned'), this.#metric('Failed'), this.#metric('Unknown')),
          widget('Put off, and delivered again', this.#metric('Deferred'), this.#metric('Duplicate')),
          widget(
            'Time of the API call (ms)',
            duration(Stats.p(50)),
            duration(Stats.p(95)),
            duration(Stats.MAXIMUM),
          ),
        ],
        [
          widget(
            'Queue',
            this.queue.metricApproximateNumberOfMessagesVisible(),
            this.queue.metricApproximateNumberOfMessagesNotVisible(),
            this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'Dead letters' }),
          ),
          widget('Age of the oldest message (s)', this.queue.metricApproximateAgeOfOldestMessage()),
          widget(
            'Function',
            this.function.metricInvocations(),
            this.function.metricErrors(),
            this.function.metricThrottles(),
          ),
        ],
      ],
    });
  }
}

function newBucket(
  scope: Construct,
  id: string,
  encryptionKey: IKey | undefined,
  removalPolicy: RemovalPolicy,
): IBucket {
  return new Bucket(scope, id, {
    versioned: true,
    ...(encryptionKey
      ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy,
    // The CDK's own types do not fit each other under exactOptionalPropertyTypes.
  }) as IBucket;
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

function arnsOf(...keys: (IKey | undefined)[]): string[] {
  return [...new Set(keys.flatMap((key) => key?.keyArn ?? []))];
}

function longer(one: string, other: string): string {
  return one.length > other.length ? one : other;
}

function prefixWithSlash(prefix: string): string {
  if (!Token.isUnresolved(prefix) && !PREFIX_PATTERN.test(prefix)) throw new Error(`prefix ${PREFIX_RULE}`);
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function checkSubOrganizations(subOrganizations: readonly string[]): void {
  const known = subOrganizations.filter((each) => !Token.isUnresolved(each));
  if (!areSubOrganizations(known)) {
    throw new Error('subOrganizations must be identifiers of visible ASCII characters, without spaces');
  }
}

/** Refuses at synthesis what could not be deployed, or would send no events. */
function checkBucket(prop: string, bucket: IBucket | undefined, stack: Stack): void {
  if (!bucket) return;
  // Suffixes that Amazon S3 reserves for directory buckets and access points ("General purpose bucket naming rules").
  if (/--x-s3$|-s3alias$/.test(bucket.bucketName)) {
    throw new Error(`${prop} must be a general purpose bucket, not a directory bucket or an access point`);
  }
  for (const part of ['account', 'region'] as const) {
    const theirs = bucket.env[part];
    const ours = stack[part];
    if (Token.compareStrings(theirs, ours) === TokenComparison.DIFFERENT) {
      throw new Error(
        `${prop} is in ${part} ${theirs}, the stack in ${ours}: deploy the stack where the bucket is`,
      );
    }
  }
}

/** What is written into numbers of the template, and compared, cannot be a parameter of it. */
function checkKnown(values: Record<string, number | Duration | Size | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'object' ? value.isUnresolved() : Token.isUnresolved(value)) {
      throw new Error(
        `${name} must be known when the app is synthesized: give a number, not a parameter of the stack`,
      );
    }
  }
}

function checkRanges(
  maxConcurrency: number,
  timeout: Duration,
  cloneTimeout: Duration,
  completeWithin: Duration,
): void {
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 2 || maxConcurrency > 1000) {
    throw new Error(`maxConcurrency must be a whole number from 2 to 1000, not ${maxConcurrency}`);
  }
  if (timeout.toSeconds() > 900) throw new Error('timeout may be 15 minutes at most: a limit of Lambda');
  if (timeout.toSeconds() <= cloneTimeout.toSeconds() + SECONDS_TO_CONCLUDE) {
    throw new Error(`timeout must exceed cloneTimeout by more than ${SECONDS_TO_CONCLUDE} seconds`);
  }
  if (maxReceiveCount(completeWithin.toSeconds(), timeout.toSeconds()) > MAX_RECEIVE_COUNT) {
    throw new Error(
      `completeWithin may be 8 hours at most: SQS hands out a message ${MAX_RECEIVE_COUNT} times at most`,
    );
  }
}
