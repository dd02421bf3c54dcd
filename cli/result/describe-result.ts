import { failures } from '../../shared/failures.ts';
import type { Result } from '../../voice-folder/result.ts';
import { readableSize, readableTime } from '../output.ts';
import { coloured } from '../result-cells.ts';
import { plain } from '../table.ts';

/** The human-readable result: the voices, or what happened and what to do. */
export function describeResult(result: Result): string {
  return [`${coloured(result.status)}${whenOf(result)}`, '', ...linesOf(result)].join('\n');
}

function whenOf(result: Result): string {
  const time = 'finishedAt' in result ? result.finishedAt : undefined;
  return time === undefined ? '' : `  ${readableTime(new Date(time))} UTC`;
}

function linesOf(result: Result): string[] {
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
        : [field('Callers', `${httpStatus === undefined ? '' : `${httpStatus} `}${apiMessage}`)]),
      ...(reason === undefined ? [] : [field(failures[code].speaker === 'S3' ? 'S3' : 'Network', reason)]),
      field('Request', result.requestId),
    ];
  }
  return 'message' in result ? [plain(result.message)] : [];
}

function field(name: string, value: string): string {
  return `${name.padEnd(9)} ${plain(value)}`;
}
