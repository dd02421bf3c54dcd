import type { IExecuteFunctions } from 'n8n-workflow';
import { mediaIn } from '../../../../shared/media-header.ts';
import { badSampleIn, isZeros, SNIFF_BYTES, ZEROS } from '../../../../shared/not-audio.ts';
import { missing, type SampleProblem, sampleError, unreadable } from './sample-error.ts';
import type { StoredSample } from './stored-samples.ts';

/**
 * Checks the samples before anything is sent and billed. Reads the start of local files only: a file in a
 * database or in S3 would be fetched twice, so it is checked while it is sent.
 *
 * @throws {NodeOperationError} if a sample is missing, empty, clearly not audio, or unreadable.
 */
export async function checkSamples(
  context: IExecuteFunctions,
  samples: readonly StoredSample[],
): Promise<void> {
  for (const sample of samples) {
    if (Number.isNaN(sample.size)) throw missing(context, sample);
    if (sample.size === 0) throw sampleError(context, sample, { code: 'EMPTY_SAMPLE', problem: 'is empty' });
    if (!sample.isAtHand) continue;
    const bytes = readSample(context, sample);
    await bytes.next();
    await bytes.return(undefined);
  }
}

/**
 * The bytes of a sample. If the file is clearly not audio, or has the wrong length, throws before the last
 * bytes: the request is aborted, and no voice is made.
 *
 * @throws {NodeOperationError}
 */
export async function* readSample(
  context: IExecuteFunctions,
  sample: StoredSample,
): AsyncGenerator<Uint8Array> {
  let found: SampleProblem | undefined;
  try {
    let start: Uint8Array | undefined = new Uint8Array();
    let read = 0;
    let isOnlyZeros = true;
    for await (const chunk of exactly(sample.size, await sample.open())) {
      read += chunk.length;
      isOnlyZeros &&= isZeros(chunk);
      // Before the last bytes are yielded.
      if (isOnlyZeros && read === sample.size) {
        found = { code: 'NOT_AUDIO', problem: `is ${ZEROS}, not audio` };
        break;
      }
      if (!start) {
        yield chunk;
        continue;
      }
      start = Buffer.concat([start, chunk]);
      if (start.length < Math.min(SNIFF_BYTES, sample.size)) continue;
      found = problemWith(start.subarray(0, SNIFF_BYTES), sample.size);
      if (found) break;
      sample.media = mediaIn(start.subarray(0, SNIFF_BYTES), sample.size);
      yield start;
      start = undefined;
    }
  } catch (error) {
    throw unreadable(context, sample, error);
  }
  if (found) throw sampleError(context, sample, found);
}

function problemWith(start: Uint8Array, size: number): SampleProblem | undefined {
  const bad = badSampleIn(start, size);
  return (
    bad && {
      code: bad.code,
      problem: bad.code === 'NOT_AUDIO' ? `is ${bad.found}, not audio` : 'contains no sound',
    }
  );
}

/** A body that is longer or shorter than its Content-Length would be misread. */
async function* exactly(size: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of source) {
    read += chunk.length;
    if (read > size) break;
    yield chunk;
  }
  if (read !== size)
    throw new Error(`the file is ${read > size ? 'longer' : 'shorter'} than its ${size} bytes`);
}
