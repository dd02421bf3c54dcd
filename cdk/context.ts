import { Duration, Size } from 'aws-cdk-lib';
import { ApplicationLogLevel } from 'aws-cdk-lib/aws-lambda';
import type { Node } from 'constructs';
import { distance } from 'fastest-levenshtein';
import * as z from 'zod/v4';
import { problemWithApiUrl } from '../shared/api-url.ts';
import { issuesOf } from '../shared/clone-settings.ts';
import { areSubOrganizations } from '../shared/sub-organization.ts';
import { isEmailAddress } from './email-address.ts';
import { RANGES } from './limits.ts';
import { PREFIX_PATTERN, PREFIX_RULE } from './prefix.ts';
import { ServerSideEncryption } from './server-side-encryption.ts';
import { UploadSource } from './upload-source.ts';
import type { VoiceCloneStackProps } from './voice-clone-stack.ts';

const sources = [UploadSource.NOTIFICATIONS, UploadSource.EVENT_BRIDGE];
const encryptions = [ServerSideEncryption.S3_MANAGED, ServerSideEncryption.KMS, ServerSideEncryption.DSSE];

const emailAddress = z.string().refine(isEmailAddress, { error: 'must be an email address' });

/** One of some values, chosen by name. */
function oneOf<Value>(values: readonly Value[], nameOf: (value: Value) => string) {
  const names = values.map(nameOf);
  const byName = new Map(values.map((value) => [nameOf(value), value]));
  return z
    .enum(names, { error: `must be ${names.join(', ').replace(/, ([^,]*)$/, ' or $1')}` })
    .transform((name) => byName.get(name) as Value);
}

/** A number on the command line, or in cdk.json. */
const wholeNumber = ([least, most]: readonly [number, number]) =>
  z.coerce
    .string()
    .regex(/^\d+$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((number) => number >= least && number <= most, { error: `must be from ${least} to ${most}` });

const SECONDS = { s: 1, m: 60, h: 3600 };
const duration = z.coerce
  .string()
  .regex(/^\d{1,7}[smh]?$/, { error: 'must be a time such as 90s, 15m or 2h' })
  .transform((text) => {
    const unit = /[smh]$/.exec(text)?.[0] as keyof typeof SECONDS | undefined;
    return Duration.seconds(Number.parseInt(text, 10) * SECONDS[unit ?? 's']);
  });

const BYTES = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const size = z
  .string()
  .regex(/^[1-9]\d{0,6}[KMG]iB$/, { error: 'must be a size such as 500MiB or 2GiB' })
  .transform((text) => Size.bytes(Number.parseInt(text, 10) * BYTES[text.slice(-3) as keyof typeof BYTES]));

const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'must be the name of an existing bucket' });

const contextSchema = z.object({
  bucketName: bucketName.optional(),
  stateBucketName: bucketName.optional(),
  prefix: z.string().regex(PREFIX_PATTERN, { error: PREFIX_RULE }).optional(),
  apiKeySecretName: z.string().min(1, { error: 'must be the name of an existing secret' }).optional(),
  encryptionKeyArn: z
    .string()
    .regex(/^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+$/, { error: 'must be the ARN of a KMS key' })
    .optional(),
  serverSideEncryption: oneOf(encryptions, ({ header }) => header).optional(),
  // A list in cdk.json. An empty value is rejected as ambiguous: it could mean none, or any.
  subOrganizations: z
    .preprocess(
      listIn,
      z.custom<string[]>(areSubOrganizations, {
        error: 'must be identifiers separated by commas, or [] for none',
      }),
    )
    .optional(),
  source: oneOf(sources, ({ name }) => name).optional(),
  apiUrl: z
    .string()
    .refine((url) => problemWithApiUrl(url) === undefined, {
      error: ({ input }) => problemWithApiUrl(String(input)),
    })
    .optional(),
  alarmEmail: emailAddress.optional(),
  resultEmail: emailAddress.optional(),
  // Numbers in cdk.json.
  sampleRetention: z.coerce
    .string()
    .regex(/^[1-9]\d{0,4}$/, { error: 'must be a number of days' })
    .transform((days) => Duration.days(Number(days)))
    .optional(),
  maxConcurrency: wholeNumber(RANGES.maxConcurrency).optional(),
  memorySize: wholeNumber(RANGES.memorySize).optional(),
  timeout: duration.optional(),
  completeWithin: duration.optional(),
  maxTotalSize: size.optional(),
  logLevel: oneOf(Object.values(ApplicationLogLevel), String).optional(),
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
  const problems = [
    ...misspelled(Object.keys(node.getAllContext() as object), names),
    ...(parsed.success ? [] : issuesOf(parsed.error)).map(({ path, message }) => `-c ${path}=…: ${message}`),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new Error(`The context is invalid: ${problems.join('; ')}`);
  }
  return Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
}

/** Names that CDK would ignore, such as `bucket-name` and `maxConcurency`. Others may be for another app: CDK also reads a file in the home folder. */
function misspelled(given: readonly string[], names: readonly string[]): string[] {
  return given.flatMap((name) => {
    // Names with a colon are CDK's own and those of libraries.
    if (names.includes(name) || name.includes(':')) return [];
    const meant = nameMeantBy(loose(name), names);
    return meant === undefined ? [] : [`-c ${name}=…: is called ${meant}`];
  });
}

function nameMeantBy(typed: string, names: readonly string[]): string | undefined {
  const edits = (name: string) =>
    typed.startsWith(loose(name)) ? 2 : Math.min(2, Math.floor(name.length / 4));
  return (
    names.find((name) => loose(name) === typed) ??
    names.find((name) => distance(typed, loose(name)) <= edits(name))
  );
}

function loose(name: string): string {
  return name.replace(/[^A-Za-z]/g, '').toLowerCase();
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
