import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/v4-mini';
import { voiceSchema } from '../shared/voice.ts';
import type { ResultError } from './errors.ts';
import type { ObjectName } from './names.ts';
import { getObject, putJsonIf, type Stored } from './s3-json.ts';
import { isNewerUpload } from './upload.ts';

const errorSchema = z.object({
  code: z.custom<ResultError['code']>((code) => typeof code === 'string'),
  /** What happened and what to do next, for the person who dropped the folder. */
  message: z.string(),
  /** The problems in the manifest. */
  issues: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  /** Status of the API's answer. */
  httpStatus: z.optional(z.number()),
  /** What the API said. */
  apiMessage: z.optional(z.string()),
});

const dropSchema = z.object({
  samples: z.optional(
    z.array(
      z.object({
        name: z.string(),
        size: z.number(),
        /** An earlier sample with the same content; it was sent once. */
        sameAs: z.optional(z.string()),
      }),
    ),
  ),
  manifest: z.object({ key: z.string(), etag: z.string() }),
  fingerprint: z.optional(z.string()),
  /** S3's `sequencer` of the manifest's upload that this is about. */
  upload: z.string(),
  /** The Lambda invocation, to find it in the logs. */
  requestId: z.string(),
});

/** What a drop is about: the parts of a result that are known before anything is sent. */
export type Drop = z.output<typeof dropSchema>;

/** How a drop ended. */
export const finalResultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('succeeded'),
    voices: z.array(voiceSchema),
    ...dropSchema.shape,
    finishedAt: z.iso.datetime(),
  }),
  z.object({
    status: z.enum(['failed', 'unknown']),
    error: errorSchema,
    ...dropSchema.shape,
    finishedAt: z.iso.datetime(),
  }),
]);

export type FinalResult = z.output<typeof finalResultSchema>;

const resultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('waiting'),
    message: z.string(),
    missing: z.readonly(z.array(z.string())),
    /** When waiting ends. */
    until: z.iso.datetime(),
    ...dropSchema.shape,
  }),
  ...finalResultSchema.def.options,
]);

/** `result.json`. */
export type Result = z.output<typeof resultSchema>;

/** A result as it is in the bucket, and the ETag it has there. */
export interface StoredResult {
  etag: string;
  /** Undefined when somebody else wrote something there that is no result. */
  result?: Result | undefined;
}

/** Reads `result.json`; undefined when there is none. */
export async function readResult(s3: S3Client, name: ObjectName): Promise<StoredResult | undefined> {
  return parseStored(await getObject(s3, name));
}

/** Whether a result already says how the upload ended, or tells of a newer one. */
export function settles(stored: StoredResult | undefined, upload: string): boolean {
  if (!stored?.result) return false;
  const isLatest = stored.result.upload === upload && stored.result.status !== 'waiting';
  return isLatest || isNewerUpload(stored.result.upload, upload);
}

/**
 * Writes `result.json`, unless what is there tells of a newer upload: somebody may edit the manifest while a clone
 * runs. Starts from what was read there before and looks again only if it has changed since.
 */
export async function writeResult(
  s3: S3Client,
  name: ObjectName,
  result: Result,
  known: StoredResult | undefined,
): Promise<void> {
  let stored = known;
  while (!stored?.result || !isNewerUpload(stored.result.upload, result.upload)) {
    const write = await putJsonIf(s3, name, result, stored);
    if (write.written) return;
    stored = parseStored(write.found);
  }
}

function parseStored(stored: Stored | undefined): StoredResult | undefined {
  if (!stored) return undefined;
  try {
    const { data } = resultSchema.safeParse(JSON.parse(new TextDecoder().decode(stored.body)));
    return { etag: stored.etag, result: data };
  } catch {
    return { etag: stored.etag };
  }
}
