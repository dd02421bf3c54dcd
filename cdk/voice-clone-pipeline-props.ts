import type { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ApplicationLogLevel, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { AlarmThresholds } from './alarm-thresholds.ts';
import type { ServerSideEncryption } from './server-side-encryption.ts';
import type { UploadSource } from './upload-source.ts';

/** The props of a `VoiceClonePipeline`. All are optional. */
export interface VoiceClonePipelineProps {
  /**
   * The bucket into which voice folders are dropped. On an existing bucket, CDK sets the notification through
   * a custom resource, and keeps other notifications.
   *
   * @default - a new bucket: versioned, encrypted, TLS only, not public; removes incomplete uploads after a
   *   day, and versions that were replaced or deleted after 30 days
   */
  readonly bucket?: IBucket;

  /**
   * The bucket for the ledgers, which record what was done for each folder, so that nothing is paid for
   * twice. Anyone who can write to it can cause voices to be made again; only the function needs access.
   *
   * @default - a new bucket: versioned, encrypted, TLS only, not public; removes replaced versions after 30 days
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
   * The secret that contains the Callers API key, as plain text or as JSON with `apiKey`. It must be in the
   * stack's region. A secret in another account must be imported by its complete ARN and with its KMS key, and
   * its policy must let the function's role read it.
   *
   * @default - a new secret, to be filled after the deployment
   */
  readonly apiKeySecret?: ISecret;

  /**
   * Encrypts everything that the pipeline creates: buckets, queues, secret, topics, logs and the function's environment.
   * CDK usually knows the keys of buckets and secrets that you pass; pass one here only if it does not, such as
   * for a bucket imported by name. CDK cannot change the policy of an imported key: synthesis warns with the
   * statements that it must contain, for S3, CloudWatch alarms and CloudWatch Logs.
   *
   * @default - AWS managed keys
   */
  readonly encryptionKey?: IKey;

  /**
   * The encryption that the function requests for each object that it writes, for buckets whose policy requires the
   * header `x-amz-server-side-encryption`. With KMS, the key is `encryptionKey` or the bucket's, if CDK knows one.
   *
   * @default - the bucket's default encryption
   */
  readonly serverSideEncryption?: ServerSideEncryption;

  /**
   * The bucket for the access logs of the buckets that the pipeline creates, at least one. Its policy must let
   * `logging.s3.amazonaws.com` write, which CDK ensures if the bucket is in the same app.
   *
   * @default - no access logs
   */
  readonly serverAccessLogsBucket?: IBucket;

  /**
   * How many voices are cloned concurrently, from 2 to 1000. Protects the Callers API, which answers 429 if
   * overloaded. The function adds about half a second per call, so throughput is this number divided by the
   * API's time: 5 make 600 voices per hour at 30 seconds each. The cost per clone does not depend on it.
   *
   * @default 5
   */
  readonly maxConcurrency?: number;

  /**
   * The concurrency that Lambda reserves for the function. At least `maxConcurrency`, or the queue's pollers are
   * throttled.
   *
   * @default - the account's unreserved concurrency is shared
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * The function's memory in MiB, from 128 to 10240. Samples are streamed, so their size does not matter: 128 is
   * enough for a gigabyte. More memory comes with more CPU and network: at 512, a gigabyte takes about 8 seconds.
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
   * not uploaded by `callers-voice-clone drop`. At most `completeWithin`.
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
   * a sub-organization is always allowed: its voice goes to the main organization. At most 3,000 characters as
   * JSON, about 75 UUIDs, because Lambda allows 4 KB of environment variables.
   *
   * @default - every sub-organization that the API key may use
   */
  readonly subOrganizations?: string[];

  /**
   * The Callers API's base URL. It must start with `https://`: every request carries the API key.
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
   * The function's log level, for Lambda's filter and the function's logger. Metrics pass the filter. At `WARN`
   * and above, the log no longer says which voices were made; `result.json` and the results topic still do.
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
   * Whether to create the alarms.
   *
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * When the alarms go off.
   *
   * @default - at the first event, and for drops that have waited for twice `completeWithin`
   */
  readonly alarmThresholds?: AlarmThresholds;

  /**
   * The topic that alarms notify. The policy of an existing topic, and of its KMS key, must let
   * `cloudwatch.amazonaws.com` publish. A topic's default policy does, for alarms of its own account; one
   * that CDK wrote, such as for `enforceSSL`, is extended. For an imported topic of another account, synthesis warns with what
   * it must contain.
   *
   * @default - a new topic
   */
  readonly alarmTopic?: ITopic;

  /**
   * Email address for alarms. AWS first asks the recipient to confirm.
   *
   * @default - none; subscribe to `alarmTopic`
   */
  readonly alarmEmail?: string;

  /**
   * Whether to create the dashboard.
   *
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * The topic to which results are published. Subscriptions can filter by the attributes `status`, `code`,
   * `folder`, `bucket`, `sub-organization` and `voice-ids`. If the topic is encrypted with a key that CDK
   * does not know, such as one imported by ARN, pass the key as `encryptionKey`. The policy of a topic of another account must
   * let this account publish: synthesis warns with what it must contain, if CDK cannot change it.
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
