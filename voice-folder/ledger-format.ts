import * as z from 'zod/v4-mini';
import { shorten } from '../shared/shorten.ts';
import type { Fault } from './fault.ts';
import { ownerDied } from './ending.ts';
import { type Ended, type Ledger, ledgerSchema } from './ledger-schema.ts';

/**
 * A ledger as it is stored: JSON of at most 256 KiB, whatever people and the API make it hold.
 *
 * | drops of a folder | kept |
 * |---|---|
 * | the last two | all, but only number and bytes of samples whose names do not fit |
 * | the six before | without samples and unused files; voices as ID, voice ID and name |
 * | older, that made a voice or may have | hashes, upload, time, voices |
 * | older, that failed | nothing |
 *
 * About a thousand voices fit. A drop that would not fit is refused (`hasRoom`): forgetting one would mean paying
 * for its recordings again.
 */
export const MAX_LEDGER_BYTES = 256 * 1024;

const WHOLE = 2;
const BRIEF = 8;

/** For the outcome of an attempt, which is written after the voice is paid for. */
const RESERVE_BYTES = 24 * 1024;

/** An old drop; no voices if that is not certain. Read by position, because there are a thousand of them. */
type Old = [
  upload: string,
  fingerprint: string,
  shape: string,
  /** Or empty. */
  recordings: string,
  finishedAt: string,
  voices: [id: string, voiceIdOrEmpty: string, name: string][],
];

const oldSchema = z.custom<Old>(
  (old) =>
    Array.isArray(old) &&
    old.length === 6 &&
    old.every((value, index) => (index < 5 ? isText(value) : Array.isArray(value) && value.every(areTexts))),
);

function areTexts(values: unknown): boolean {
  return Array.isArray(values) && values.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

const storedSchema = z.extend(ledgerSchema, { old: z.optional(z.array(oldSchema)) });

/** The number of voices that a ledger remembers. */
export function countVoices({ ended }: Ledger): number {
  return ended.reduce(
    (sum, { ending, clonedFrom }) =>
      sum + (ending.status === 'succeeded' && clonedFrom === undefined ? ending.voices.length : 0),
    0,
  );
}

/** A ledger as it is stored, and whether the outcome of its attempt will fit too. */
export interface EncodedLedger {
  text: string;
  hasRoom: boolean;
}

/** As much of a ledger as fits, the most recent first. */
export function encodeLedger(ledger: Ledger): EncodedLedger {
  let text = '';
  for (const level of LEVELS) {
    text = JSON.stringify(condensed(ledger, level));
    if (Buffer.byteLength(text) <= MAX_LEDGER_BYTES - RESERVE_BYTES) return { text, hasRoom: true };
  }
  return { text, hasRoom: false };
}

const LEVELS = [
  { whole: WHOLE, brief: BRIEF },
  { whole: 0, brief: BRIEF },
  { whole: 0, brief: 1 },
];

/**
 * Decodes a stored ledger.
 *
 * @throws {Error} if it is not a ledger
 */
export function decodeLedger(body: Uint8Array): Ledger {
  const { old = [], attempt, ended } = storedSchema.parse(JSON.parse(new TextDecoder().decode(body)));
  return { ...(attempt && { attempt }), ended: [...old.map(fromOld), ...ended] };
}

function condensed({ attempt, ended }: Ledger, { whole, brief }: { whole: number; brief: number }): object {
  const recent = ended.slice(-brief);
  const old = ended.slice(0, -brief).filter(({ ending }) => ending.status !== 'failed');
  return {
    ...(attempt && { attempt: whole > 0 ? attempt : { ...attempt, drop: withTotals(attempt.drop) } }),
    ...(old.length > 0 && { old: old.map(toOld) }),
    ended: recent.map((each, index) => (index < recent.length - whole ? inBrief(each) : each)),
  };
}

function inBrief(ended: Ended): Ended {
  const { ending } = ended;
  return {
    ...ended,
    drop: withTotals(ended.drop),
    ending:
      ending.status === 'succeeded'
        ? {
            status: 'succeeded',
            voices: ending.voices.slice(0, MAX_VOICES).map(({ id, voiceId, name }) => ({
              id: shorten(id, MAX_ID),
              name: shorten(name, MAX_ID),
              ...(voiceId !== undefined && { voiceId: shorten(voiceId, MAX_ID) }),
            })),
          }
        : {
            ...ending,
            fault: briefFault(ending.fault),
            ...(ending.answer?.apiMessage !== undefined && {
              answer: { ...ending.answer, apiMessage: shorten(ending.answer.apiMessage, 500) },
            }),
          },
  };
}

/** More than an API makes from one request. */
const MAX_VOICES = 10;
const MAX_ID = 200;
const MAX_NAME_OF_OLD = 60;

/** The parts of a fault that a person needs; lists may hold a thousand long names. */
function briefFault(fault: Fault): Fault {
  if ('issues' in fault) {
    const issues = fault.issues
      .slice(0, 3)
      .map((issue) => ({ ...issue, path: shorten(issue.path, 100), message: shorten(issue.message, 200) }));
    return { ...fault, issues };
  }
  if ('names' in fault) return { ...fault, names: fault.names.slice(0, 3).map((name) => shorten(name, 100)) };
  if ('uploading' in fault) {
    return { ...fault, uploading: fault.uploading.slice(0, 3).map((name) => shorten(name, 100)) };
  }
  return fault;
}

function withTotals<Drop extends Ended['drop']>(whole: Drop) {
  const { samples, ignored: _, hints: __, ...drop } = whole;
  if (!samples) return drop;
  const bytes = samples.reduce((sum, { size }) => sum + size, 0);
  return { ...drop, sampleTotals: { count: samples.length, bytes } };
}

function toOld({ drop, recordings = '', ending, finishedAt }: Ended): Old {
  const { upload, fingerprint = '', shape = '' } = drop;
  const voices = ending.status === 'succeeded' ? ending.voices.slice(0, MAX_VOICES) : [];
  return [
    upload,
    fingerprint,
    shape,
    recordings,
    finishedAt,
    voices.map(({ id, voiceId = '', name }) => [
      shorten(id, MAX_ID),
      shorten(voiceId, MAX_ID),
      shorten(name, MAX_NAME_OF_OLD),
    ]),
  ];
}

function fromOld([upload, fingerprint, shape, recordings, finishedAt, voices]: z.output<
  typeof oldSchema
>): Ended {
  return {
    drop: { upload, fingerprint, shape, manifest: { key: '', etag: '' }, requestId: '' },
    ...(recordings !== '' && { recordings }),
    finishedAt,
    ending:
      voices.length > 0
        ? {
            status: 'succeeded',
            voices: voices.map(([id, voiceId, name]) => ({ id, name, ...(voiceId !== '' && { voiceId }) })),
          }
        : ownerDied,
  };
}
