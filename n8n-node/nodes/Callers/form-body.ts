import type { IExecuteFunctions, NodeOperationError } from 'n8n-workflow';
import type { ClonePart } from '../../../shared/clone-request.ts';
import { readSample, type StoredSample } from './voice/stored-samples.ts';

/** The form on its way to the API. */
export interface FormBody {
  form: FormData;
  /** How far the sender has got; kept up to date. */
  progress: {
    /** Whether it has taken the last byte of the last sample: from then on the API may have everything. */
    taken: boolean;
    /** A sample that could not be read, which then is why the request failed. */
    sampleError?: NodeOperationError;
  };
}

/**
 * The parts as a `FormData` that holds no bytes: n8n's HTTP client asks it for its entries, declares their sizes as
 * Content-Length and reads them one after the other. It does so only for a real FormData, iterated either way; any
 * other body it would read into memory first.
 *
 * This relies on how axios reads a FormData. Should another version read it otherwise, it finds a form without fields,
 * which the API refuses: no voice is made, and the tests in n8n's engine fail.
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

/** What n8n's HTTP client needs of a `File`. */
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
        if (isLast) progress.taken = true;
      } catch (error) {
        progress.sampleError = error as NodeOperationError;
        throw progress.sampleError;
      }
    },
  };
}
