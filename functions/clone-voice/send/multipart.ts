import { createHash } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { badSampleIn, isZeros, SNIFF_BYTES, ZEROS } from '../../../shared/not-audio.ts';
import type { AudioPart, AudioSample } from './audio-sample.ts';
import { SourceQueue } from './source-queue.ts';

/** A sample that must not be sent, as its bytes showed while they were read. The call had no effect. */
export class SampleError extends Error {
  override readonly name = 'SampleError';
  readonly code: 'NOT_AUDIO' | 'NO_SOUND' | 'WRONG_LENGTH';
  readonly sampleName: string;
  /** What the file is, or how its length differs from the declared one. */
  readonly found: string;

  constructor(code: SampleError['code'], sampleName: string, found: string) {
    super(`"${sampleName}" ${code === 'NOT_AUDIO' ? `is ${found}, not audio` : found}`);
    this.code = code;
    this.sampleName = sampleName;
    this.found = found;
  }
}

/** A body that is encoded while it is written. */
export interface MultipartBody {
  /** Value of the `Content-Type` header. */
  contentType: string;
  /** Exact length of the body in bytes. */
  contentLength: number;
  /**
   * Writes the body with backpressure; can be called once, and does not end the destination. On abort or any
   * error, destroys all open sources and leaves the body incomplete.
   *
   * @throws {SampleError} if a sample is not what was declared; also the errors of sources and gates, and any
   *   error after an abort.
   */
  writeTo(destination: Writable, signal: AbortSignal, gates?: BodyGates): Promise<void>;
}

/** Promises that the body waits for. */
export interface BodyGates {
  /** Delays the first byte; the first samples are opened meanwhile. */
  mayBegin: Promise<unknown>;
  /**
   * Delays the closing boundary; called once everything before it is written, with the SHA-256 of each sample.
   */
  mayEnd: (digests: readonly string[]) => Promise<unknown>;
}

/**
 * Encodes the parts as a `multipart/form-data` stream (RFC 7578). Names are escaped by the WHATWG's
 * "multipart/form-data encoding algorithm", so that no name can break out of its header. Values are sent
 * unchanged.
 */
export function encodeMultipart(
  parts: readonly AudioPart[],
  boundary: string = `callers-voice-clone-${crypto.randomUUID()}`,
): MultipartBody {
  const encoded = parts.map(([name, value]) =>
    typeof value === 'string'
      ? { head: Buffer.from(`${partHead(boundary, name)}\r\n\r\n${value}\r\n`) }
      : { head: Buffer.from(`${partHead(boundary, name, value)}\r\n\r\n`), sample: value },
  );
  const end = Buffer.from(`--${boundary}--\r\n`);
  const contentLength = encoded.reduce(
    (length, { head, sample }) => length + head.length + (sample ? sample.size + LINE_BREAK.length : 0),
    end.length,
  );
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength,
    async writeTo(destination, signal, { mayBegin, mayEnd } = noGates) {
      const sources = new SourceQueue(
        encoded.flatMap(({ sample }) => sample ?? []),
        signal,
      );
      const destroy = () => sources.destroy();
      signal.addEventListener('abort', destroy);
      try {
        signal.throwIfAborted();
        sources.lookAhead();
        await unlessAborted(mayBegin, signal);
        const digests: string[] = [];
        for (const { head, sample } of encoded) {
          signal.throwIfAborted();
          // Ignores backpressure: headers are tiny.
          destination.write(head);
          if (!sample) continue;
          digests.push(await passOn(await sources.next(), sample, destination));
          destination.write(LINE_BREAK);
        }
        // Costs little time, because buffered data is still being sent.
        await unlessAborted(mayEnd(digests), signal);
        destination.write(end);
      } finally {
        signal.removeEventListener('abort', destroy);
        destroy();
      }
    },
  };
}

const LINE_BREAK = Buffer.from('\r\n');

const noGates: BodyGates = { mayBegin: Promise.resolve(), mayEnd: () => Promise.resolve() };

async function unlessAborted(promise: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  await Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

function partHead(boundary: string, name: string, sample?: AudioSample): string {
  const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
  return sample
    ? `${disposition}; filename="${escapeName(sample.name)}"\r\nContent-Type: ${sample.type}`
    : disposition;
}

/**
 * WHATWG HTML, "multipart/form-data encoding algorithm": percent-encodes CR, LF and quotes, and keeps UTF-8.
 * Also encodes the other control characters, which headers must not contain (RFC 9110, section 5.5).
 */
function escapeName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it replaces
  return name.replaceAll(/[\x00-\x08\x0a-\x1f\x7f"]/g, (sign) => encodeURIComponent(sign));
}

/**
 * Forwards a sample's bytes, and returns their SHA-256, which costs 0.6 CPU seconds per gigabyte. Stops before exceeding
 * the declared size, and before sending anything that is not audio. Uses events instead of async iteration, whose
 * promises per chunk would cost a tenth of the throughput.
 */
async function passOn(source: Readable, sample: AudioSample, destination: Writable): Promise<string> {
  const hash = createHash('sha256');
  let length = 0;
  let isOnlyZeros = true;
  let start: Buffer | undefined = Buffer.alloc(0);
  const isOurs = source instanceof IncomingMessage;
  const resume = () => source.resume();
  const pass = (chunk: Buffer) => {
    length += chunk.length;
    if (length > sample.size) throw wrongLength(sample, `is longer than the ${sample.size} bytes declared`);
    // Cheap for a recording: it only checks the first byte.
    isOnlyZeros &&= isZeros(chunk);
    hash.update(chunk);
    let bytes = chunk;
    if (start) {
      start = bytes = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
      if (start.length < Math.min(SNIFF_BYTES, sample.size)) return;
      refuseWhatIsNotAudio(sample, start);
      sample.onStart?.(start.subarray(0, SNIFF_BYTES));
      start = undefined;
    }
    if (destination.write(bytes, isOurs ? (error) => !error && free(bytes) : undefined)) return;
    source.pause();
  };
  let problem: unknown;
  if (isOurs) freeReads(source);
  destination.on('drain', resume);
  source.on('data', (chunk: Buffer) => {
    try {
      pass(chunk);
    } catch (error) {
      problem ??= error;
      source.destroy();
    }
  });
  await finished(source, { writable: false }).catch((error: unknown) => (problem ??= error));
  destination.off('drain', resume);
  if (problem) throw problem;
  if (length < sample.size) {
    throw wrongLength(sample, `ended after ${length} of the ${sample.size} bytes declared`);
  }
  // Throwing here keeps the rest of the body, at least its closing boundary, from being sent.
  if (isOnlyZeros && length > 0) throw new SampleError('NOT_AUDIO', sample.name, ZEROS);
  return hash.digest('base64');
}

/** @throws {SampleError} */
function refuseWhatIsNotAudio({ name, size }: AudioSample, chunks: Buffer): void {
  const bad = badSampleIn(chunks.subarray(0, SNIFF_BYTES), size);
  if (bad) throw new SampleError(bad.code, name, 'found' in bad ? bad.found : 'has no sound in it');
}

function wrongLength(sample: AudioSample, problem: string): SampleError {
  return new SampleError('WRONG_LENGTH', sample.name, problem);
}

/**
 * Frees the chunks that Node reads from the connection, once its HTTP client has copied them
 * (findings/node-http-client-copies-chunks.sh).
 */
function freeReads(source: IncomingMessage): void {
  const { socket } = source;
  socket.on('data', free);
  source.once('close', () => socket.off('data', free));
}

/**
 * Frees a chunk, which V8 would collect only after many megabytes. Leaves alone parts of larger buffers, and chunks that are
 * freed already. `npm run bench -- --only builds` measures the gain.
 */
function free({ buffer, byteLength }: Buffer): void {
  if (byteLength === 0 || byteLength < buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}
