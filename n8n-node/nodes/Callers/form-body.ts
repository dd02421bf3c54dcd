import type { ClonePart } from '../../../shared/clone-request.ts';

/** A file that can be sent. */
export interface FileToSend {
  /** File name, as sent to the API. */
  name: string;
  /** Media type, such as `audio/mpeg`. */
  type: string;
  /** Length in bytes. */
  size: number;
  /** Its bytes. If it throws, the request is aborted before its end. */
  read: () => AsyncIterable<Uint8Array>;
}

/** The form that is sent to the API. */
export interface FormBody {
  form: FormData;
  /** The sender's progress, updated live. */
  progress: {
    /** When the last byte of the last file was taken: from then on the API may have the complete request. */
    takenAt?: number;
    /** What a file threw, which made the request fail. */
    fileError?: Error;
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
export function formBody(parts: ClonePart<FileToSend>[]): FormBody {
  const progress: FormBody['progress'] = {};
  const last = parts.findLastIndex(([, value]) => typeof value !== 'string');
  const entries = parts.map(([name, value], index) => [
    name,
    typeof value === 'string' ? value : fileOf(value, progress, index === last),
  ]);
  const iterate = () => entries.values();
  return { form: Object.assign(new FormData(), { entries: iterate, [Symbol.iterator]: iterate }), progress };
}

/** The parts of `File` that n8n's HTTP client uses. */
function fileOf({ name, type, size, read }: FileToSend, progress: FormBody['progress'], isLast: boolean) {
  return {
    name,
    type,
    size,
    async *stream(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of read()) yield* slices(chunk);
        if (isLast) progress.takenAt = performance.now();
      } catch (error) {
        progress.fileError = error as Error;
        throw progress.fileError;
      }
    },
  };
}

const SLICE_BYTES = 64 * 1024;

/**
 * Databases and S3 deliver a file as one chunk, which the client would take before it sends anything. Slices
 * are taken as the connection takes them.
 */
function* slices(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += SLICE_BYTES) yield chunk.subarray(at, at + SLICE_BYTES);
}
