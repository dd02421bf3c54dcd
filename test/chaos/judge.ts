import * as z from 'zod/v4';
import { normalSequencer } from '../../voice-folder/upload.ts';
import { mayHaveMadeVoice } from './api-behaviors.ts';
import type { Call, Folder, Upload } from './folders.ts';

/** The final state of a folder. */
export interface Remains {
  /** The content of `result.json`. */
  result: string | undefined;
  /** The content of the folder's ledger. */
  ledger: string | undefined;
  /** The messages that were published about it, in JSON. */
  published: readonly string[];
  /** How many messages about it are in the dead-letter queue. */
  deadLetters: number;
  /** The sequencers of its uploads. */
  uploads: readonly string[];
  /** Whether all messages about it were handled, or are in the dead-letter queue. */
  isFinished: boolean;
}

/** What became of a folder, and what must not have. */
export interface Verdict {
  status: 'succeeded' | 'failed' | 'unknown' | 'none';
  /** Voices beyond the one that each drop may make. */
  duplicates: number;
  /** Calls that followed one that may have made a voice, although nobody asked for another. */
  repeatedCalls: number;
  /** Whether the run ended before the pipeline was done with the folder, so that there is no outcome to judge. */
  isFinished: boolean;
  /** Whether the person who dropped the folder learns nothing, or something wrong, about its outcome. */
  lost: boolean;
  /** What the last requested call made: `nothing` if the API never got all of it. */
  made: 'voice' | 'no voice' | 'nothing';
  /** All violations, in words. */
  problems: string[];
}

/**
 * Judges only by what the API saw and what is in the bucket, and does not use the function's own code:
 *
 * - after a call that may have made a voice, there is no other unless a person asked for it in between;
 * - the result exists, is about the last upload, says what really happened, and was published.
 */
export function judge(
  folder: Folder,
  { result: text, ledger, published, deadLetters, uploads, isFinished }: Remains,
): Verdict {
  const problems: string[] = [];
  // The request for a copy is destroyed before its end.
  const calls = folder.calls.filter(({ request }) => request.complete || !folder.isCopied);
  const asked = folder.uploads.filter(isRequest);
  const lastAsked = Math.max(0, ...folder.uploads.flatMap(({ why, at }) => (why === 'again' ? [at] : [])));
  const lastCall = calls.findLast(({ at }) => at > lastAsked);
  const duplicates = Math.max(0, voicesOf(calls).length - 1 - asked.length);
  if (duplicates > 0)
    problems.push(`${voicesOf(calls).length} voices, but a person asked only ${1 + asked.length} times`);
  const repeated = calls.filter((call, index) => {
    const before = calls[index - 1];
    if (!before || !mayHaveMadeVoice(before)) return false;
    return !asked.some(({ at }) => before.at < at + MARGIN && at < call.at);
  });
  for (const call of repeated) {
    const number = calls.indexOf(call) + 1;
    problems.push(`call ${number} was made although call ${number - 1} may have made a voice`);
  }
  for (const { request } of calls) {
    if (request.complete && request.problems.length > 0)
      problems.push(`the API got a request that breaks its rules: ${request.problems.join('; ')}`);
  }

  const result = parseResult(text);
  const unlost = problems.length;
  const counts = { duplicates, repeatedCalls: repeated.length, made: madeBy(lastCall) };
  if (!isFinished) return { ...counts, status: 'none', isFinished, lost: false, problems };
  if (deadLetters > 0) problems.push(`${deadLetters} of its messages are in the dead-letter queue`);
  if (folder.isMoved) {
    // Whoever comes late may still write a result, or not.
  } else if (typeof result === 'string') problems.push(result);
  else {
    problems.push(
      ...(folder.copyOf
        ? problemsWithCopy(result, folder, folder.copyOf)
        : problemsWith(result, { ...folder, calls }, lastCall)),
    );
    if (!isPublished(result, published)) problems.push('what result.json says was not published');
    const latest = normalSequencer(uploads.toSorted().at(-1) ?? '');
    if (result.upload !== latest)
      problems.push(`result.json is about the upload ${result.upload}, but the last one is ${latest}`);
  }
  const lost = problems.length > unlost;
  problems.push(...problemsWithLedger(ledger));
  const isFinal = typeof result !== 'string' && result.status !== 'waiting' && result.status !== 'cloning';
  const status = isFinal ? result.status : 'none';
  return { ...counts, status, isFinished, lost, problems };
}

/** How much later than it happened this process may notice something, in milliseconds. */
const MARGIN = 500;

/** Whether an upload of the manifest asked for another call. An impatient one did if the person knew the outcome. */
function isRequest({ why, told }: Upload): boolean {
  return why === 'again' || (why === 'impatient' && (told === 'failed' || told === 'unknown'));
}

function madeBy(call: Call | undefined): Verdict['made'] {
  // An early 2xx may report a voice too.
  if (!call || (!call.request.complete && call.request.status === null)) return 'nothing';
  return call.request.voices.length > 0 ? 'voice' : 'no voice';
}

function voicesOf(calls: readonly Call[]) {
  return calls.flatMap(({ request }) => request.voices);
}

/** What is wrong with a result, given the last call since a person last asked. */
function problemsWith(
  result: Result,
  { story, name, uploads, calls }: Folder,
  lastCall: Call | undefined,
): string[] {
  // A frozen owner may resume with its voice after the person asked again; then no other call follows.
  const voices =
    (result.status === 'succeeded' ? (lastCall ?? calls.at(-1)) : lastCall)?.request.voices ?? [];
  switch (result.status) {
    case 'waiting':
    case 'cloning':
      return [`result.json still says ${result.status}`];
    case 'succeeded': {
      const ids = (list: { id: string }[]) => list.map(({ id }) => id).join(', ');
      return [
        ...(ids(result.voices) === ids(voices)
          ? []
          : [`result.json has the voices ${ids(result.voices)}, but the API made ${ids(voices)}`]),
        ...(result.voices.every((voice) => voice.name === name)
          ? []
          : ['result.json has the voice of another folder']),
      ];
    }
    case 'failed': {
      const { code } = result.error;
      const wasCorrected = uploads.some(({ why }) => why === 'again');
      const expected = wasCorrected ? undefined : foreseen[story];
      const possible = expected ? code === expected : !Object.values(foreseen).includes(code);
      return [
        ...(voices.length > 0 ? [`result.json says failed, but the voice ${voices[0]?.id} was made`] : []),
        ...(possible ? [] : [`result.json says ${code}, which is not this folder's problem`]),
      ];
    }
    case 'unknown':
      // Right even if nothing was sent: a crash right before the call looks like one during it.
      return [];
  }
}

/** What is wrong with the result of a copy. A call for it was only needed if the original had made no voice by then. */
function problemsWithCopy(result: Result, { uploads }: Folder, original: Folder): string[] {
  if (result.status !== 'succeeded')
    return problemsWith(result, { ...original, story: 'usual', calls: [] }, undefined);
  const { voices, clonedFrom } = result;
  const copiedAt = Math.min(...uploads.map(({ at }) => at));
  const made = original.calls.filter(({ request }) =>
    request.voices.some(({ id }) => voices.some((voice) => voice.id === id)),
  );
  const mayBeOwn = clonedFrom === undefined && made.some(({ at }) => at > copiedAt);
  return [
    ...(mayBeOwn || clonedFrom?.endsWith(`/${original.prefix}`)
      ? []
      : [`result.json names ${clonedFrom} as the source`]),
    ...(made.length > 0 ? [] : ['result.json has a voice that was not made from it']),
  ];
}

/** The error code of each story that can fail in only one way. */
const foreseen: Partial<Record<Folder['story'], string>> = {
  'bad-manifest': 'INVALID_MANIFEST',
  incomplete: 'MISSING_SAMPLES',
};

function isPublished(result: Result, published: readonly string[]): boolean {
  return published.some((text) => {
    const { status, upload } = JSON.parse(text) as Result;
    return status === result.status && upload === result.upload;
  });
}

function problemsWithLedger(text: string | undefined): string[] {
  if (text === undefined) return ['there is no ledger'];
  const { attempt } = JSON.parse(text) as { attempt?: { state: string } };
  return attempt ? [`an attempt is left in the state ${attempt.state}`] : [];
}

function parseResult(text: string | undefined): Result | string {
  if (text === undefined) return 'there is no result.json';
  try {
    return resultSchema.parse(JSON.parse(text));
  } catch (error) {
    return `result.json is not as documented: ${String(error)}`;
  }
}

const about = {
  samples: z
    .array(z.strictObject({ name: z.string(), size: z.number(), sameAs: z.string().optional() }))
    .optional(),
  ignored: z.array(z.strictObject({ name: z.string(), why: z.string() })).optional(),
  hints: z
    .array(z.strictObject({ code: z.string(), message: z.string(), name: z.string().optional() }))
    .optional(),
  manifest: z.strictObject({ key: z.string(), etag: z.string() }),
  fingerprint: z
    .string()
    .regex(/^[\w-]{24}$/)
    .optional(),
  shape: z
    .string()
    .regex(/^[\w-]{24}$/)
    .optional(),
  subOrganizationId: z.string().optional(),
  upload: z.string(),
  requestId: z.uuid(),
};

const ended = {
  ...about,
  earlier: z
    .array(
      z.strictObject({
        status: z.enum(['succeeded', 'unknown']),
        upload: z.string(),
        fingerprint: z.string(),
        shape: z.string(),
        finishedAt: z.iso.datetime(),
        voices: z.array(z.strictObject({ id: z.string(), voiceId: z.string(), name: z.string() })).optional(),
      }),
    )
    .optional(),
  finishedAt: z.iso.datetime(),
  clonedFrom: z.string().optional(),
};

const resultSchema = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('cloning'),
    message: z.string(),
    since: z.iso.datetime(),
    ...about,
  }),
  z.strictObject({
    status: z.literal('waiting'),
    message: z.string(),
    missing: z.array(z.string()),
    until: z.iso.datetime(),
    ...about,
  }),
  z.strictObject({
    status: z.literal('succeeded'),
    voices: z
      .array(
        z.strictObject({
          id: z.uuid(),
          voiceId: z.string(),
          name: z.string(),
          isMultilingual: z.boolean(),
          supportedLocales: z.array(z.string()),
          ttsClient: z.string(),
          organizationId: z.string(),
          settings: z.strictObject({}),
          createdAt: z.iso.datetime(),
        }),
      )
      .min(1),
    ...ended,
  }),
  z.strictObject({
    status: z.enum(['failed', 'unknown']),
    error: z.strictObject({
      code: z.string(),
      message: z.string().min(1),
      issues: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
      httpStatus: z.number().optional(),
      apiMessage: z.string().optional(),
      reason: z.string().optional(),
    }),
    ...ended,
  }),
]);

type Result = z.output<typeof resultSchema>;
