import { type INode, NodeOperationError } from 'n8n-workflow';
import type { ClonePart } from '../../../shared/clone-request.ts';
import type { StoredSample } from './voice/stored-samples.ts';

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
 */
export function formBody(parts: ClonePart<StoredSample>[], node: INode): FormBody {
  const progress: FormBody['progress'] = { taken: false };
  const last = parts.findLastIndex(([, value]) => typeof value !== 'string');
  const entries = parts.map(([name, value], index) => [
    name,
    typeof value === 'string' ? value : fileOf(value, node, progress, index === last),
  ]);
  const iterate = () => entries.values();
  return { form: Object.assign(new FormData(), { entries: iterate, [Symbol.iterator]: iterate }), progress };
}

/** What n8n's HTTP client needs of a `File`. */
function fileOf(sample: StoredSample, node: INode, progress: FormBody['progress'], isLast: boolean) {
  const { name, type, size } = sample;
  return {
    name,
    type,
    size,
    async *stream(): AsyncGenerator<Uint8Array> {
      try {
        yield* exactly(size, await sample.open());
        if (isLast) progress.taken = true;
      } catch (error) {
        progress.sampleError = new NodeOperationError(node, `The file "${name}" could not be read`, {
          itemIndex: sample.itemIndex,
          description: `No voice was made. ${error instanceof Error ? error.message : ''}`,
        });
        throw progress.sampleError;
      }
    },
  };
}

/** A body that is longer or shorter than its Content-Length would be taken for something else than it is. */
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
