import * as z from 'zod/v4-mini';
import { failures } from '../shared/failures.ts';
import { voiceSchema } from '../shared/voice.ts';
import { apiAnswerSchema } from './api-answer.ts';
import type { Fault } from './fault.ts';
import { dropSchema } from './result.ts';

/** What was done for one voice folder: the running attempt, if any, and how each drop ended. */
export type Ledger = z.output<typeof ledgerSchema>;

/** An attempt to clone a voice, from its claim to its outcome. */
export type Attempt = z.output<typeof attemptSchema>;

/** A drop that has ended. */
export type Ended = z.output<typeof endedSchema>;

/** How a drop ended. */
export type Ending = z.output<typeof endingSchema>;

/** A drop whose samples are all there. */
export type CompleteDrop = z.output<typeof completeDropSchema>;

const completeDropSchema = z.extend(dropSchema, { fingerprint: z.string(), shape: z.string() });

/** The result that a person has seen when they uploaded the manifest. */
const toldSchema = z.object({
  status: z.enum(['succeeded', 'failed', 'unknown']),
  upload: z.string(),
  finishedAt: z.string(),
});

const attemptSchema = z.object({
  state: z.enum(['claimed', 'posting']),
  /** Unique per delivery: identifies a delivery's own write if S3's answer was lost. */
  owner: z.string(),
  /** By S3's clock. The owner's invocation has ended by then. */
  leaseUntil: z.iso.datetime(),
  /** The number of this attempt to send the samples, from 1. */
  number: z.int(),
  /**
   * When the wait for the API, S3 or the network began: with the first attempt, or the first after an owner died or
   * another folder's drop of the same recordings ended.
   */
  since: z.iso.datetime(),
  /** What is being sent, and therefore reported, even if the folder changes meanwhile. */
  drop: completeDropSchema,
  /** The hash of the recordings (identity.ts), once all their bytes have passed, also in an earlier attempt. */
  recordings: z.optional(z.string()),
  /** The outcome that the person knew. */
  told: z.optional(toldSchema),
  /** The person asked for another voice of recordings that were cloned. */
  again: z.optional(z.literal(true)),
});

const endingSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), voices: z.array(voiceSchema) }),
  z.object({
    status: z.enum(['failed', 'unknown']),
    /** Not one that only a newer version of the function knows: it would have no words for it. */
    fault: z.custom<Fault>((fault) => Object.hasOwn(failures, (fault as Partial<Fault> | null)?.code ?? '')),
    answer: z.optional(apiAnswerSchema),
  }),
]);

const endedSchema = z.object({
  /** The attempt's owner; missing if nothing was sent. */
  owner: z.optional(z.string()),
  drop: dropSchema,
  recordings: z.optional(z.string()),
  ending: endingSchema,
  finishedAt: z.iso.datetime(),
  /** The folder whose drop of the same recordings had this outcome; nothing was sent from this one. */
  clonedFrom: z.optional(z.string()),
  /** The person had asked for another voice; trying again asks for it still. */
  again: z.optional(z.literal(true)),
  /** The result was published, although `result.json` could not be written. */
  published: z.optional(z.literal(true)),
});

/** The schema of a ledger as the code uses it; `ledger-format.ts` stores it. */
export const ledgerSchema = z.object({
  attempt: z.optional(attemptSchema),
  /** Ordered by when each was last reported. */
  ended: z.array(endedSchema),
});

/** The ledger of a folder for which nothing was done. */
export const emptyLedger: Ledger = { ended: [] };
