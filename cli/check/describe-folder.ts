import { join } from 'node:path';
import { sentOf } from '../../voice-folder/sent-samples.ts';
import { count, readableSize, styled } from '../output.ts';
import { plain } from '../table.ts';
import type { CheckedFolder, Problem } from './checked-folder.ts';
import { mediaTable, readableLength } from './media-table.ts';
import { secondsOf } from './sent-seconds.ts';

/** The human-readable output for a folder. */
export function describeFolder({ path, ok, problems, samples, isHeard, notHeard }: CheckedFolder): string {
  const sent = sentOf(samples);
  const size = sent.reduce((sum, sample) => sum + sample.size, 0);
  const seconds = secondsOf(samples);
  const sum = [
    count(sent.length, 'sample'),
    seconds === undefined ? 'unknown length' : readableLength(seconds),
    readableSize(size),
  ].join(', ');
  const title = ok
    ? `${styled('green', '✔')} ${plain(path)}${samples.length > 0 ? `  ${styled('dim', sum)}` : ''}`
    : `${styled('red', '✘')} ${plain(path)}`;
  const recordings = sent.filter(({ media }) => media !== undefined);
  return [
    title,
    ...(recordings.length > 0 ? [mediaTable(recordings, isHeard)] : []),
    ...(recordings.length > 0 && notHeard !== undefined
      ? [styled('dim', `  Loudness, clipping, noise and pauses were not checked: ${plain(notHeard)}.`)]
      : []),
    ...problems.map((problem) => describeProblem(path, problem)),
  ].join('\n');
}

function describeProblem(folder: string, problem: Problem): string {
  const { severity, file, line, column, path, message, suggestion, source } = problem;
  const place = plain(join(folder, file)) + (line === undefined ? '' : `:${line}:${column}`);
  const label = severity === 'error' ? styled('red', 'error') : styled('yellow', 'warning');
  return [
    `  ${place}`,
    `    ${label} ${path === undefined ? '' : `${styled('bold', plain(path))} `}${plain(message)}`,
    ...(suggestion === undefined ? [] : [`    ${styled('cyan', '→')} ${plain(suggestion)}`]),
    ...(source === undefined ? [] : [`    ${styled('dim', source)}`]),
  ].join('\n');
}

/** The JSON output for a folder, without the manifest, which scripts can read themselves. */
export function forScripts({ path, ok, problems, samples, isHeard, notHeard }: CheckedFolder) {
  const seconds = secondsOf(samples);
  return {
    path,
    ok,
    problems,
    samples: samples.map((checked) => {
      const { waveform: _, sound, ...sample } = checked;
      if (!sound) return sample;
      const { loudness, peak, rms, noiseFloor } = sound;
      return { ...sample, sound: { loudness, peak, rms, noiseFloor } };
    }),
    // The total length of the samples that are sent; omitted if one is unknown.
    ...(seconds !== undefined && { seconds }),
    isHeard,
    ...(notHeard !== undefined && { notHeard }),
  };
}
