/*
 * The types of `result.json` for programs that read it. The package spells them out (release/spell-out-types.ts), so
 * that its users do not need zod.
 */
import type { DropFailureCode } from '../shared/failures.ts';
import type * as result from '../voice-folder/result.ts';

/** `result.json`. */
export type Result = result.Result;

/** How a drop ended. */
export type FinalResult = result.FinalResult;

/** Samples are still missing. */
export type WaitingResult = Extract<Result, { status: 'waiting' }>;

/** The samples are being sent, or Callers is making the voice. */
export type CloningResult = Extract<Result, { status: 'cloning' }>;

/** The voice was made. */
export type SucceededResult = result.SuccessfulResult;

/** No voice was made (`failed`), or one may exist (`unknown`): then check Callers before you try again. */
export type FailedResult = Exclude<FinalResult, SucceededResult>;

/** What is sent, or was. */
export type Sample = NonNullable<Result['samples']>[number];

/** Another drop of the same folder that made, or may have made, a voice. */
export type EarlierDrop = result.EarlierDrop;

/** A voice as returned by Callers, possibly with more fields. */
export type Voice = SucceededResult['voices'][number];

/** Why no voice was made, or why nobody knows. */
export type ResultError = FailedResult['error'];

/** docs/results.md in the repository describes each code. */
export type ErrorCode = DropFailureCode;

/** What the header of a sample hints at. */
export type Hint = NonNullable<Result['hints']>[number];

/** A code of `check`, or `PROVIDER` for what the provider's guide says. */
export type HintCode = Hint['code'];
