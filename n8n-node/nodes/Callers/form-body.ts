import type { IExecuteFunctions, NodeOperationError } from 'n8n-workflow';
import type { ClonePart } from '../../../shared/clone-request.ts';
import { readSample, type StoredSample } from './voice/stored-samples.ts';

/** The form that is sent to the API. */
export interface FormBody {
  form: FormData;
  /** The sender's progress, updated live. */
  progress: {
    /**
     * Whether the last byte of the last sample was read: from then on the API may have the complete request.
     */
    taken: boolean;
    /** When that was, in milliseconds. */
    takenAt?: number;
    /** The error of a sample that could not be read, which made the request fail. */
    sampleError?: NodeOperationError;
  };
}

/**
 * A `FormData` whose entries stream their bytes on demand. n8n's HTTP client lists the entries, sums their
 * sizes for Content-Length, and reads them one after the other. It does this only for a real FormData,
 * through either iterator; any other body would be read into memory first.
 *
 * This relies on how axios reads a FormData. If another version reads it differently, it finds a form without
 * fields, which the API rejects: no voice is made, and the tests in n8n's engine fail.
 */
export function formBody(context: IExecuteFunctions, parts: ClonePart<StoredSample>[]): FormBody {
  const progress: FormBody['progress'] = { taken: false };
  const last = parts.findLastIndex(([, value]) => typeof value !== 'string');
  const entries = parts.map(([name, value], index) => [
    name,
    typeof value === 'string' ? value : fileOf(context, value, progress, index === last),
  ]);
  const iterate = () => entries.values();
  return { form: Object.assign(new FormData(), { entries: iterate, [Symbol.iterator]: iterate }), progress };
}

/** The parts of `File` that n8n's HTTP client uses. */
function fileOf(
  context: IExecuteFunctions,
  sample: StoredSample,
  progress: FormBody['progress'],
  isLast: boolean,
) {
  const { name, type, size } = sample;
  return {
    name,
    type,
    size,
    async *stream(): AsyncGenerator<Uint8Array> {
      try {
        yield* readSample(context, sample);
        if (isLast) Object.assign(progress, { taken: true, takenAt: Date.now() });
      } catch (error) {
        progress.sampleError = error as NodeOperationError;
        throw progress.sampleError;
      }
    },
  };
}
