import { Writable } from 'node:stream';
import type { MultipartBody } from '../../functions/clone-voice/send/multipart.ts';

/** What a body wrote. */
export interface Written {
  /** Everything that was written, even if the write failed. */
  body: Buffer;
  error?: unknown;
}

/**
 * Writes a body to memory. The destination accepts one chunk at a time.
 *
 * @param onChunk called with each chunk; the next one comes when it is done
 */
export async function writtenBody(
  multipart: MultipartBody,
  onChunk: (chunk: Buffer) => unknown = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Written> {
  const chunks: Buffer[] = [];
  const take = async (chunk: Buffer, taken: (error?: Error) => void) => {
    chunks.push(chunk);
    await onChunk(chunk);
    taken();
  };
  const destination = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, taken) => void take(chunk, taken),
  });
  try {
    await multipart.writeTo(destination, signal);
    const written = Promise.withResolvers<void>();
    destination.end(() => written.resolve());
    await written.promise;
    return { body: Buffer.concat(chunks) };
  } catch (error) {
    return { body: Buffer.concat(chunks), error };
  }
}
