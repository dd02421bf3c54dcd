import type { CheckedFolder } from '../check/checked-folder.ts';
import { startCounter } from '../counter.ts';
import { limit } from '../limit.ts';
import { exitCodes, ProgramError } from '../output.ts';
import { readerOf } from '../s3/bucket-reader.ts';
import { abortable } from '../s3/client.ts';
import { CONNECTIONS } from '../s3/transport.ts';
import type { S3Place } from '../s3/url.ts';
import type { LocalVoiceFolder } from '../voice-folders.ts';
import { whyNotBelow } from './in-voice-folder.ts';
import { isShown } from './options.ts';
import { placeOf, planFolder, type PlannedFolder } from './plan-folder.ts';
import type { Run } from './run.ts';

/** Prints lines for the user, above what is drawn at the time. */
export interface Lines {
  note: (line: string) => void;
}

/** A folder to drop, and what its check found. */
export interface Candidate {
  folder: LocalVoiceFolder;
  found: CheckedFolder;
}

/**
 * Compares the folders with the bucket. One that fails does not keep the others from being compared.
 *
 * @throws {ProgramError} if the place is a voice folder itself
 */
export async function planAll(
  candidates: readonly Candidate[],
  place: S3Place,
  { s3, options, interrupted: signal, memory }: Run,
  lines: Lines,
): Promise<PromiseSettledResult<PlannedFolder>[]> {
  const bucket = abortable(s3, signal);
  const compared = { s3: bucket, reader: readerOf(bucket, place.bucket), signal, memory };
  const foldersAtOnce = limit(CONNECTIONS / 2);
  const comparing = (done: number) => `Comparing ${done} of ${candidates.length} folders with the bucket …`;
  const counter = startCounter(comparing, isShown(options));
  const { note } = lines;
  if (!options.quiet) lines.note = (line) => counter.note(line);
  try {
    const whyNot = whyNotBelow(bucket, place);
    const planning = candidates.map(({ folder, found }) =>
      foldersAtOnce(async () => {
        signal.throwIfAborted();
        const plan = await planFolder(folder, found, placeOf(folder, place), compared);
        counter.add();
        return plan;
      }),
    );
    const plans = await Promise.allSettled(planning);
    const wrongPlace = await whyNot;
    if (wrongPlace !== undefined) throw new ProgramError(wrongPlace, exitCodes.usage);
    return plans;
  } finally {
    counter.stop();
    lines.note = note;
  }
}
