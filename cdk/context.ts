import { Duration } from 'aws-cdk-lib';
import type { Node } from 'constructs';
import * as z from 'zod/v4';
import { areSubOrganizations } from '../shared/sub-organization.ts';
import { issuesOf } from '../shared/clone-settings.ts';
import { PREFIX_PATTERN, PREFIX_RULE } from './checks.ts';
import { UploadSource } from './upload-source.ts';
import type { VoiceCloneStackProps } from './voice-clone-stack.ts';

const sources = [UploadSource.NOTIFICATIONS, UploadSource.EVENT_BRIDGE];

const contextSchema = z.object({
  bucketName: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'must be the name of an existing bucket' })
    .optional(),
  prefix: z.string().regex(PREFIX_PATTERN, { error: PREFIX_RULE }).optional(),
  apiKeySecretName: z.string().min(1, { error: 'must be the name of an existing secret' }).optional(),
  encryptionKeyArn: z
    .string()
    .regex(/^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+$/, { error: 'must be the ARN of a KMS key' })
    .optional(),
  // A list in cdk.json. An empty value is rejected as ambiguous: it could mean none, or any.
  subOrganizations: z
    .preprocess(
      listIn,
      z.custom<string[]>(areSubOrganizations, {
        error: 'must be identifiers separated by commas, or [] for none',
      }),
    )
    .optional(),
  source: z
    .string()
    .transform((given) => sources.find(({ name }) => name === given))
    .pipe(
      z.custom<UploadSource>((source) => source !== undefined, {
        error: 'must be notifications or eventbridge',
      }),
    )
    .optional(),
  alarmEmail: z.email({ error: 'must be an email address' }).optional(),
  resultEmail: z.email({ error: 'must be an email address' }).optional(),
  // Numbers in cdk.json.
  sampleRetention: z.coerce
    .string()
    .regex(/^[1-9]\d{0,4}$/, { error: 'must be a number of days' })
    .transform((days) => Duration.days(Number(days)))
    .optional(),
  maxConcurrency: z.coerce
    .string()
    .regex(/^\d+$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((number) => number >= 2 && number <= 1000, { error: 'must be from 2 to 1000' })
    .optional(),
});

/**
 * Reads the stack's props from the CDK context, `-c name=value`.
 *
 * @throws {Error} lists every invalid value.
 */
export function stackPropsFrom(node: Node): VoiceCloneStackProps {
  const names = Object.keys(contextSchema.shape);
  const given = Object.fromEntries(names.map((name) => [name, node.tryGetContext(name) as unknown]));
  const parsed = contextSchema.safeParse(given);
  if (!parsed.success) {
    const problems = issuesOf(parsed.error).map(({ path, message }) => `-c ${path}=…: ${message}`);
    throw new Error(`The context is invalid: ${problems.join('; ')}`);
  }
  return Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
}

/** Parses a list, separated by commas or in JSON. */
function listIn(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (!value.startsWith('[')) return value.split(',');
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
