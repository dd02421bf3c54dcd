import * as z from 'zod/v4-mini';
import type { Hint } from '../shared/hints.ts';
import { voiceSchema } from '../shared/voice.ts';
import { errorSchema } from './result-error.ts';

/** What every result says of its drop. */
export const dropSchema = z.object({
  samples: z.optional(
    z.array(
      z.object({
        name: z.string(),
        /** In bytes. */
        size: z.number(),
        /** An earlier sample with the same content; only that one was sent. */
        sameAs: z.optional(z.string()),
      }),
    ),
  ),
  /** Instead of `samples`, if their names are too long to be remembered. */
  sampleTotals: z.optional(z.object({ count: z.number(), bytes: z.number() })),
  /** Files that look like recordings, or like the manifest, and were not used. */
  ignored: z.optional(z.array(z.object({ name: z.string(), why: z.string() }))),
  /** What the headers of the samples hint at; only once they were sent. */
  hints: z.optional(
    z.array(
      z.object({
        /** The sample; missing if it concerns all of them. */
        name: z.optional(z.string()),
        code: z.custom<Hint['code']>((code) => typeof code === 'string'),
        message: z.string(),
      }),
    ),
  ),
  manifest: z.object({ key: z.string(), etag: z.string() }),
  /** Identifies the samples and settings. */
  fingerprint: z.optional(z.string()),
  /** Identifies where a voice would be made, and from how much sound (identity.ts). */
  shape: z.optional(z.string()),
  /** The sub-organization that the manifest names. */
  subOrganizationId: z.optional(z.string()),
  /** S3's `sequencer` of the manifest's upload. */
  upload: z.string(),
  /** The Lambda invocation's ID, for finding it in the logs. */
  requestId: z.string(),
});

/** The parts of a result that are known before anything is sent. */
export type Drop = z.output<typeof dropSchema>;

const earlierDropSchema = z.object({
  status: z.enum(['succeeded', 'unknown']),
  upload: z.string(),
  fingerprint: z.optional(z.string()),
  shape: z.optional(z.string()),
  finishedAt: z.iso.datetime(),
  /** The voices that were made; missing if unknown. */
  voices: z.optional(
    z.array(z.object({ id: z.string(), voiceId: z.optional(z.string()), name: z.string() })),
  ),
});

/** Another drop of the same folder that made, or may have made, a voice. */
export type EarlierDrop = z.output<typeof earlierDropSchema>;

const finished = {
  ...dropSchema.shape,
  /** Other drops of this folder that made, or may have made, a voice; newest first. */
  earlier: z.optional(z.array(earlierDropSchema)),
  finishedAt: z.iso.datetime(),
  /** The folder of an earlier drop of the same recordings, which made the voices, or may have; nothing was sent. */
  clonedFrom: z.optional(z.string()),
  /** Present until the result is published to the results topic. */
  published: z.optional(z.literal(false)),
};

/** How a drop ended. */
const finalResultSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), voices: z.array(voiceSchema), ...finished }),
  z.object({ status: z.enum(['failed', 'unknown']), error: errorSchema, ...finished }),
]);

/** A result that says how its drop ended. */
export type FinalResult = z.output<typeof finalResultSchema>;

/** The result of a drop that made voices. */
export type SuccessfulResult = Extract<FinalResult, { status: 'succeeded' }>;

/** The schema of `result.json`. */
export const resultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('waiting'),
    message: z.string(),
    /** Names of the missing samples. */
    missing: z.readonly(z.array(z.string())),
    /** When waiting ends: an ISO 8601 time in UTC. */
    until: z.iso.datetime(),
    ...dropSchema.shape,
  }),
  z.object({
    status: z.literal('cloning'),
    message: z.string(),
    /** When the first attempt to send these samples began. */
    since: z.iso.datetime(),
    ...dropSchema.shape,
  }),
  ...finalResultSchema.def.options,
]);

/** `result.json`. */
export type Result = z.output<typeof resultSchema>;

/** Whether a result says how its drop ended. */
export function isFinal(result: Result): result is FinalResult {
  return result.status !== 'waiting' && result.status !== 'cloning';
}

/** A drop that made voices. */
export type VoicesMade = Omit<EarlierDrop, 'status' | 'voices'> & {
  voices: NonNullable<EarlierDrop['voices']>;
};

/**
 * The voices that a result shows and a ledger does not know, newest first: the ledger was lost, or put back to an older
 * version.
 */
export function voicesOnlyIn(shown: Result | undefined, { ended }: KnownVoices): VoicesMade[] {
  if (!shown || !isFinal(shown)) return [];
  return [shown, ...(shown.earlier ?? [])].flatMap((each): VoicesMade[] => {
    if (each.status !== 'succeeded' || !each.voices) return [];
    const { upload, voices } = each;
    const isKnown = ended.some(
      ({ drop, ending }) =>
        drop.upload === upload ||
        ('voices' in ending && ending.voices.some(({ id }) => voices.some((voice) => voice.id === id))),
    );
    return isKnown ? [] : [{ ...each, voices }];
  });
}

/** What a ledger knows, as far as it matters. */
interface KnownVoices {
  ended: readonly { drop: Drop; ending: object | { voices: VoicesMade['voices'] } }[];
}
