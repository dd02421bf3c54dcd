import type { FinalResult } from '../voice-folder/result.ts';
import type { Problem } from './check/checked-folder.ts';
import { whyUnread } from './disk-errors.ts';
import type { Effect } from './drop/effect.ts';
import { groupBy } from './group-by.ts';
import {
  errorForScripts,
  exitCodes,
  onUnread,
  print,
  printJson,
  ProgramError,
  readableSize,
  reportError,
  say,
} from './output.ts';
import { colored, resultCells } from './result-cells.ts';
import { AwsError } from './s3/errors.ts';
import { type S3Place, s3Url } from './s3/url.ts';
import { listing, plain } from './table.ts';

/** How the drop of a folder ended: the result's status, or how far it got. */
export type DropOutcome =
  | { status: FinalResult['status']; result: FinalResult }
  /**
   * As far as is known, the manifest is in the bucket. The error says why there is no result, unless none
   * was waited for.
   */
  | { status: 'uploaded' }
  | { status: 'uploaded'; error: Error }
  /** The manifest was not uploaded, so nothing is cloned. */
  | { status: 'notUploaded'; error: Error; problems?: Problem[] }
  /** What would be uploaded, the manifest last. */
  | { status: 'dryRun'; effect: Effect; uploads: PlannedUpload[] };

/** Without an error, the reason is Ctrl-C. */
export function notUploaded(
  error: unknown = new ProgramError(INTERRUPTED, exitCodes.interrupted),
): DropOutcome {
  return { status: 'notUploaded', error: whyUnread(error) };
}

const INTERRUPTED =
  'interrupted: the manifest was not uploaded, so nothing is cloned. Run the same command again: it uploads only what ' +
  'is missing';

/** A local file and its destination. */
export interface PlannedUpload {
  file: string;
  url: string;
  size: number;
}

/** A folder and its outcome. */
export interface Report {
  /** The folder's name. */
  name: string;
  /** Its local path, if it has one. */
  path?: string;
  place: S3Place;
  outcome: DropOutcome;
}

/** Prints the outcomes, explains errors, and sets the exit code. */
export function report(
  reports: readonly Report[],
  { json, quiet, isInterrupted }: { json?: boolean; quiet?: boolean; isInterrupted: boolean },
): void {
  process.exitCode = isInterrupted
    ? exitCodes.interrupted
    : exitCodeOf(reports.map(({ outcome }) => outcome));
  if (!isDryRun(reports)) onUnread(() => say(whereStill(reports)));
  if (json) printJson({ folders: reports.map(asJson) });
  else if (!quiet) print(isDryRun(reports) ? dryRun(reports) : summary(reports));
  reportErrors(reports);
}

/** A reader such as `head` may stop early, but people must be able to find the voices that they paid for. */
function whereStill(reports: readonly Report[]): string {
  const [first = '', ...others] = reports.map(({ place }) => plain(s3Url(place)));
  const and = others.length > 0 ? ` and ${others.length} more` : '';
  return `The output was closed before it was read. It is still there: callers-voice-clone result ${first}${and}`;
}

function asJson({ path, place, outcome }: Report) {
  const { status } = outcome;
  return {
    ...(path !== undefined && { folder: path }),
    url: s3Url(place),
    status,
    ...('result' in outcome && { result: outcome.result }),
    ...('error' in outcome && { error: errorForScripts(outcome.error) }),
    ...('problems' in outcome && { problems: outcome.problems }),
    ...('uploads' in outcome && { effect: outcome.effect, uploads: outcome.uploads }),
  };
}

function summary(reports: readonly Report[]): string {
  const rows = reports.map(({ place, outcome }) => {
    const { status } = outcome;
    const result = 'result' in outcome ? outcome.result : undefined;
    return [
      plain(s3Url(place)),
      colored(status, wordsOf[status] ?? status),
      ...(result ? resultCells(result) : []),
    ];
  });
  const columns = [
    { head: 'FOLDER' },
    { head: 'STATUS' },
    { head: 'VOICE', cut: 'end', isOptional: true },
    { head: 'ID' },
  ] as const;
  return listing(columns, rows);
}

/** Where a status is not what a person says. */
const wordsOf: Partial<Record<DropOutcome['status'], string>> = { notUploaded: 'not uploaded' };

function isDryRun(reports: readonly Report[]): boolean {
  return reports.every(({ outcome }) => outcome.status === 'dryRun');
}

/** As the AWS CLI words it. */
function dryRun(reports: readonly Report[]): string {
  const uploads = reports.flatMap(({ outcome }) => (outcome.status === 'dryRun' ? outcome.uploads : []));
  if (uploads.length === 0) return 'Nothing to upload: the voices were cloned from the same files';
  return uploads
    .map(({ file, url, size }) => plain(`(dryrun) upload: ${file} to ${url} (${readableSize(size)})`))
    .join('\n');
}

/** Prints each error once to standard error, with the folders that have it. */
function reportErrors(reports: readonly Report[]): void {
  const byMessage = groupBy(reports, ({ outcome }) => messageOf(outcome));
  for (const [message, { length, 0: first }] of byMessage) {
    if (message === undefined || !first) continue;
    const others = length > 1 ? ` and ${length - 1} more` : '';
    reportError(new Error(plain(first.name) + others + ': ' + message));
  }
}

function messageOf(outcome: DropOutcome): string | undefined {
  if ('error' in outcome) return outcome.error.message;
  if (!('result' in outcome) || outcome.result.status === 'succeeded') return undefined;
  const { code, message, issues = [] } = outcome.result.error;
  return [`${code}: ${message}`, ...issues.map((issue) => `  ${issue.path} ${issue.message}`)]
    .map(plain)
    .join('\n');
}

function exitCodeOf(outcomes: readonly DropOutcome[]): number {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  if (errors.some((error) => error instanceof AwsError)) return exitCodes.aws;
  const isFine = ({ status }: DropOutcome) =>
    status === 'succeeded' || status === 'uploaded' || status === 'dryRun';
  return errors.length === 0 && outcomes.every(isFine) ? exitCodes.fine : exitCodes.notMade;
}
