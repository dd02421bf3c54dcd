import { between } from '../audio/spans.ts';
import type { Problem } from '../check/checked-folder.ts';
import { readableLength } from '../check/media-table.ts';
import { clock, styled } from '../output.ts';
import { plain } from '../table.ts';
import type { Part, Preparation, Prepared } from './preparation.ts';

/** What happens to each sample, and what is cut out of it. */
export function describePreparation(folder: string, to: string, preparation: Preparation): string {
  const { samples, leftOut, notMended } = preparation;
  return [
    `${plain(folder)} → ${styled('bold', plain(to))}`,
    ...samples.flatMap(describeSample),
    ...leftOut.map(({ name, why }) => `  ${styled('red', '✘')} ${plain(name)} is left out: it ${plain(why)}`),
    ...notMended.map(describeProblem),
  ].join('\n');
}

function describeSample({ name, from, isCopy, seconds }: Prepared): string[] {
  const [first] = from;
  const names = from.map((part) => plain(part.name)).join(' + ');
  const isSame = isCopy && first?.name === name;
  const length = seconds === undefined ? '' : styled('dim', `  ${readableLength(seconds)}`);
  return [
    `  ${styled('green', '✔')} ${isSame ? `${names} stays as it is` : `${names} → ${plain(name)}`}${length}`,
    ...(isCopy ? [] : from.flatMap(describePart)).map((line) => `      ${line}`),
  ];
}

function describePart({ name, track, channel, keep, seconds = 0, gain, mends }: Part): string[] {
  const cuts = keep ? between(keep, seconds) : [];
  const steps = [
    ...(track === undefined ? [] : [`track ${track}`]),
    ...(channel === undefined ? [] : [`only the ${channel === 1 ? 'left' : 'right'} channel`]),
    ...cuts.map(([start, end]) => `cut ${clock(start)} to ${clock(end)}, ${readableLength(end - start)}`),
    ...(gain === undefined ? [] : [`${Math.abs(gain).toFixed(1)} dB ${gain > 0 ? 'louder' : 'quieter'}`]),
  ];
  const codes = mends.length > 0 ? [styled('dim', `${plain(name)}: ${mends.join(', ')}`)] : [];
  return [...codes, ...(steps.length > 0 ? steps : ['saved as WAV'])];
}

function describeProblem({ file, message, suggestion }: Problem): string {
  const remedy = suggestion === undefined ? '' : `: ${suggestion}`;
  return `  ${styled('yellow', '!')} ${plain(file)} ${plain(message)}${styled('dim', plain(remedy))}`;
}

/** The JSON output. Places are exact to a sample, so that others can find what was kept. */
export function preparationForScripts({ samples, leftOut, notMended }: Preparation) {
  return {
    samples: samples.map(({ from, ...sample }) => ({
      ...sample,
      from: from.map(({ keep, ...part }) => ({
        ...part,
        ...(keep && { keep: keep.map(([start, end]) => ({ from: exact(start), to: exact(end) })) }),
      })),
    })),
    leftOut,
    notMended,
  };
}

function exact(seconds: number): number {
  return Number(seconds.toFixed(6));
}
