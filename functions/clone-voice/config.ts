import * as z from 'zod/v4-mini';
import { apiUrlSchema } from '../../shared/api-url-schema.ts';
import { DEFAULT_API_URL } from '../../shared/default-api-url.ts';
import { issuesOf } from '../../shared/clone-settings.ts';
import { areSubOrganizations } from '../../shared/sub-organization.ts';
import type { Encryption } from '../../voice-folder/s3/put-text-if.ts';
import { defaultRules, type FolderRules } from '../../voice-folder/rules.ts';
import { parseJson } from './parse-json.ts';
import { apiKeyIn } from './stored-api-key.ts';
import { DEFAULT_CLONE_TIMEOUT_SECONDS } from './redelivery.ts';

/** The function's configuration, validated. */
export interface Config extends FolderRules {
  apiUrl: string;
  /** Where the API key comes from. */
  apiKey: { secretId: string } | { value: string };
  /** The bucket that contains the ledgers; only the function needs access. */
  stateBucket: string;
  /** The prefix of the voice folders, empty or ending with a slash. */
  prefix: string;
  /** What the API key belongs to, for telling pipelines apart: the secret's ID; empty if the key is in the environment. */
  secretId: string;
  /** The account that the buckets must belong to, so that nothing is written to a bucket that changed hands. */
  bucketOwner?: string;
  /** The encryption to request for `result.json`. @default - none, so that the bucket's own holds */
  encryption?: Encryption;
  /** Time limit of the API call. */
  cloneTimeoutSeconds: number;
  /**
   * The queue that delivers the events; if unset, deferred messages wait for the queue's visibility timeout.
   */
  queueUrl?: string;
  /** The SNS topic for results; if unset, results are not published. */
  resultTopicArn?: string;
}

const wholeNumber = (defaultValue: number) =>
  z.prefault(
    z.pipe(z.string().check(z.regex(/^\d{1,15}$/, { error: 'must be a whole number' })), z.transform(Number)),
    String(defaultValue),
  );

const environmentSchema = z
  .object({
    STATE_BUCKET: z.string({ error: 'must be the name of the bucket that contains the ledgers' }),
    PREFIX: z.prefault(
      z.string().check(z.regex(/^$|\/$/, { error: 'must be empty or end with a slash' })),
      '',
    ),
    CALLERS_API_URL: z.prefault(apiUrlSchema, DEFAULT_API_URL),
    CALLERS_API_KEY_SECRET_ID: z.optional(z.string()),
    CALLERS_API_KEY: z.optional(
      z.pipe(
        z.transform(apiKeyIn),
        z.string({ error: 'must be the key itself: visible ASCII characters, on one line' }),
      ),
    ),
    SETTLE_SECONDS: wholeNumber(defaultRules.settleSeconds),
    COMPLETE_WITHIN_SECONDS: wholeNumber(defaultRules.completeWithinSeconds),
    MAX_TOTAL_BYTES: wholeNumber(defaultRules.maxTotalBytes),
    CLONE_TIMEOUT_SECONDS: wholeNumber(DEFAULT_CLONE_TIMEOUT_SECONDS),
    SUB_ORGANIZATIONS: z.optional(
      z.pipe(
        z.transform(parseJson),
        z.custom<string[]>(areSubOrganizations, {
          error: 'must be a JSON list of sub-organizations, such as ["sub-1","sub-2"], or [] for none',
        }),
      ),
    ),
    BUCKET_OWNER: z.optional(
      z
        .string()
        .check(z.regex(/^\d{12}$/, { error: 'must be the number of an AWS account, which has 12 digits' })),
    ),
    SERVER_SIDE_ENCRYPTION: z.optional(z.enum(['AES256', 'aws:kms', 'aws:kms:dsse'])),
    SERVER_SIDE_ENCRYPTION_KEY_ID: z.optional(z.string()),
    QUEUE_URL: z.optional(z.url({ error: 'must be the URL of an SQS queue' })),
    RESULT_TOPIC_ARN: z.optional(
      z
        .string()
        .check(z.regex(/^arn:[^:]+:sns:[^:]+:\d{12}:[\w-]+$/, { error: 'must be the ARN of an SNS topic' })),
    ),
  })
  .check(
    z.refine(
      (given) => (given.CALLERS_API_KEY_SECRET_ID === undefined) !== (given.CALLERS_API_KEY === undefined),
      {
        error: 'set either CALLERS_API_KEY_SECRET_ID (a secret in Secrets Manager) or CALLERS_API_KEY',
      },
    ),
  );

/**
 * Reads the function's configuration from its environment variables. Empty variables count as unset, except
 * `SUB_ORGANIZATIONS`: a list that is empty by mistake must not allow everything.
 *
 * @throws {Error} lists every invalid variable; never contains the API key.
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== '' || name === 'SUB_ORGANIZATIONS'),
  );
  const parsed = environmentSchema.safeParse(given);
  if (parsed.success) return configFrom(parsed.data);
  const problems = issuesOf(parsed.error).map(({ path, message }) => `${path} ${message}`.trim());
  throw new Error(`The environment variables are invalid: ${problems.join('; ')}`);
}

function configFrom(environment: z.output<typeof environmentSchema>): Config {
  const {
    CALLERS_API_KEY_SECRET_ID: secretId,
    SERVER_SIDE_ENCRYPTION: algorithm,
    SERVER_SIDE_ENCRYPTION_KEY_ID: keyId,
  } = environment;
  return {
    stateBucket: environment.STATE_BUCKET,
    prefix: environment.PREFIX,
    secretId: secretId ?? '',
    apiUrl: environment.CALLERS_API_URL,
    apiKey: secretId === undefined ? { value: environment.CALLERS_API_KEY ?? '' } : { secretId },
    settleSeconds: environment.SETTLE_SECONDS,
    completeWithinSeconds: environment.COMPLETE_WITHIN_SECONDS,
    maxTotalBytes: environment.MAX_TOTAL_BYTES,
    cloneTimeoutSeconds: environment.CLONE_TIMEOUT_SECONDS,
    ...(environment.SUB_ORGANIZATIONS && { subOrganizations: environment.SUB_ORGANIZATIONS }),
    ...(environment.BUCKET_OWNER !== undefined && { bucketOwner: environment.BUCKET_OWNER }),
    ...(algorithm && {
      encryption: {
        ServerSideEncryption: algorithm,
        ...(keyId !== undefined && { SSEKMSKeyId: keyId }),
      },
    }),
    ...(environment.QUEUE_URL !== undefined && { queueUrl: environment.QUEUE_URL }),
    ...(environment.RESULT_TOPIC_ARN !== undefined && { resultTopicArn: environment.RESULT_TOPIC_ARN }),
  };
}
