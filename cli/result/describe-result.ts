import { failures, type Speaker } from '../../shared/failures.ts';
import { type EarlierDrop, isFinal, type Result } from '../../voice-folder/result.ts';
import { readableSize, readableTime } from '../output.ts';
import { colored } from '../result-cells.ts';
import { plain } from '../table.ts';

/**
 * The human-readable result: the voices, or what happened and what to do.
 *
 * @param empty names of empty samples, while the function waits
 */
export function describeResult(result: Result, empty: readonly string[] = []): string {
  return [
    `${colored(result.status)}${whenOf(result)}`,
    '',
    ...linesOf(result, empty),
    ...hintsOf(result),
    ...('earlier' in result ? (result.earlier ?? []).map(earlierLine) : []),
  ].join('\n');
}

/** Another drop of the folder, whose voice is still in Callers. */
function earlierLine({ status, finishedAt, voices = [] }: EarlierDrop): string {
  const made = voices.map(({ name, id }) => `${name}, ID ${id}`);
  const what = made.length > 0 ? made.join('; ') : 'may have made a voice';
  return field('Earlier', `${status} ${readableTime(new Date(finishedAt))}: ${what}`);
}

function waitingLines({ message, missing, until }: Waiting, empty: readonly string[]): string[] {
  const lacking = missing.filter((name) => !empty.includes(name));
  return [
    plain(message),
    ...(lacking.length > 0 ? [field('Missing', lacking.join(', '))] : []),
    ...(empty.length > 0 ? [field('Empty', empty.join(', '))] : []),
    field('Until', `${readableTime(new Date(until))} UTC`),
  ];
}

type Waiting = Extract<Result, { status: 'waiting' }>;

function whenOf(result: Result): string {
  return isFinal(result) ? `  ${readableTime(new Date(result.finishedAt))} UTC` : '';
}

function hintsOf({ hints = [] }: Result): string[] {
  return hints.map(({ message }, index) => field(index === 0 ? 'Hints' : '', message));
}

function linesOf(result: Result, empty: readonly string[]): string[] {
  if ('voices' in result) {
    return [
      ...result.voices.flatMap(({ name, id, voiceId }) => [
        field('Voice', name),
        field('ID', id),
        ...(voiceId === undefined ? [] : [field('Voice ID', voiceId)]),
      ]),
      ...(result.samples ?? []).map(({ name, size, sameAs }, index) =>
        field(index === 0 ? 'Samples' : '', `${name}  ${sameAs ? `as ${sameAs}` : readableSize(size)}`),
      ),
    ];
  }
  if ('error' in result) {
    const { code, message, issues = [], httpStatus, apiMessage, reason } = result.error;
    return [
      field('Error', code),
      plain(message),
      ...issues.map((issue) => `  ${plain(`${issue.path} ${issue.message}`.trim())}`),
      ...(apiMessage === undefined
        ? []
        : [field('Answer', `${httpStatus === undefined ? '' : `${httpStatus} `}${apiMessage}`)]),
      ...(reason === undefined ? [] : [field(labelOf(failures[code].speaker), reason)]),
      field('Request', result.requestId),
    ];
  }
  return result.status === 'waiting' ? waitingLines(result, empty) : [plain(result.message)];
}

/** Fits the column. */
function labelOf(speaker: Speaker): string {
  if (speaker === 'S3') return 'S3';
  return speaker === 'Secrets Manager' ? 'AWS' : 'Network';
}

function field(name: string, value: string): string {
  return `${name.padEnd(9)} ${plain(value)}`;
}
