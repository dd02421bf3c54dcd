import { IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { badSampleIn, isZeros, SNIFF_BYTES, ZEROS } from '../../shared/not-audio.ts';
import type { AudioPart, AudioSample } from './audio-sample.ts';

/** A sample turned out to be something that must not be sent. Nothing of the call took effect. */
export class SampleError extends Error {
  override readonly name = 'SampleError';
  readonly code: 'NOT_AUDIO' | 'NO_SOUND' | 'WRONG_LENGTH';
  readonly sampleName: string;
  /** What it is, or how it differs from what was declared. */
  readonly found: string;

  constructor(code: SampleError['code'], sampleName: string, found: string) {
    super(`"${sampleName}" ${code === 'NOT_AUDIO' ? `is ${found}, not audio` : found}`);
    this.code = code;
    this.sampleName = sampleName;
    this.found = found;
  }
}

export interface MultipartBody {
  /** Value of the `Content-Type` header. */
  contentType: string;
  /** Exact length of the body in bytes. */
  contentLength: number;
  /**
   * Writes the body, once, as fast as the destination takes it; does not end the destination. When the signal is aborted, or
   * anything goes wrong, every source that is open is destroyed, and the body stays without its end.
   *
   * @throws {SampleError} when a sample is not what was declared; whatever a source or a gate throws; whatever, once the
   *   signal is aborted.
   */
  writeTo(destination: Writable, signal: AbortSignal, gates?: BodyGates): Promise<void>;
}

/** What the body waits for. */
export interface BodyGates {
  /** Before its first byte, while the first samples are opened. */
  mayBegin: Promise<unknown>;
  /** Before its end, the closing boundary; called when all before it is written. */
  mayEnd: () => Promise<unknown>;
}

/**
 * Encodes the parts as `multipart/form-data` (RFC 7578), streaming. Names are escaped as the WHATWG's
 * "multipart/form-data encoding algorithm" says, so that no name can end its header; values are sent as they are.
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
        for (const { head, sample } of encoded) {
          signal.throwIfAborted();
          // Ignores backpressure: headers are tiny.
          destination.write(head);
          if (!sample) continue;
          await passOn(await sources.next(), sample, destination);
          destination.write(LINE_BREAK);
        }
        // What waits in the connection goes on meanwhile: that this is asked only now costs little time.
        await unlessAborted(mayEnd(), signal);
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
 * WHATWG HTML, "multipart/form-data encoding algorithm": CR, LF and the quote are percent-encoded, UTF-8 is kept. So are
 * the other control characters that no header may hold (RFC 9110, section 5.5).
 */
function escapeName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  return name.replaceAll(/[\x00-\x08\x0a-\x1f\x7f"]/g, (sign) => encodeURIComponent(sign));
}

/**
 * Passes a sample's bytes on, stopping before the first one too many and before anything that is not audio. Listens to the
 * source instead of iterating it: the promises for each chunk would cost a tenth of the throughput.
 */
async function passOn(source: Readable, sample: AudioSample, destination: Writable): Promise<void> {
  let length = 0;
  let isOnlyZeros = true;
  let start: Buffer | undefined = Buffer.alloc(0);
  const resume = () => source.resume();
  const pass = (chunk: Buffer) => {
    length += chunk.length;
    if (length > sample.size) throw wrongLength(sample, `is longer than the ${sample.size} bytes declared`);
    // Of a recording, a look at its first byte.
    isOnlyZeros &&= isZeros(chunk);
    let bytes = chunk;
    if (start) {
      start = bytes = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
      if (start.length < Math.min(SNIFF_BYTES, sample.size)) return;
      refuseWhatIsNotAudio(sample, start);
      start = undefined;
    }
    if (destination.write(bytes, freeing(bytes, source))) return;
    source.pause();
    destination.once('drain', resume);
  };
  let problem: unknown;
  source.on('data', (chunk: Buffer) => {
    try {
      pass(chunk);
    } catch (error) {
      problem ??= error;
      source.destroy();
    }
  });
  await finished(source, { writable: false }).catch((error: unknown) => (problem ??= error));
  if (problem) throw problem;
  if (length < sample.size) {
    throw wrongLength(sample, `ended after ${length} of the ${sample.size} bytes declared`);
  }
  // What comes behind it, the end of the body at least, is not sent.
  if (isOnlyZeros && length > 0) throw new SampleError('NOT_AUDIO', sample.name, ZEROS);
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
 * What to do once a chunk is sent: give its memory back, instead of leaving it to V8, which looks for garbage only after some
 * 64 MB of it. Given back is only what belongs to nobody else: Node's HTTP client copies each piece of a body into memory
 * of its own. That is half of what passes through; `npm run bench -- --only upload` tells what it is worth.
 */
function freeing(chunk: Buffer, source: Readable): ((error?: Error | null) => void) | undefined {
  const { buffer } = chunk;
  const isItsOwn = source instanceof IncomingMessage && buffer.byteLength === chunk.byteLength;
  if (!isItsOwn || !(buffer instanceof ArrayBuffer)) return undefined;
  return (error) => {
    if (!error) buffer.transfer(0);
  };
}

/**
 * Opens the samples in order, and the next ones while one is being sent: the time to the first byte of a source
 * then costs nothing. They stay unread, so that they hold no memory beyond the sockets'. Few and small, because a
 * source that nobody reads for long is closed by its other end.
 */
class SourceQueue {
  static readonly DEPTH = 4;
  static readonly BYTES_AHEAD = 32 * 1024 * 1024;

  readonly #samples: readonly AudioSample[];
  readonly #signal: AbortSignal;
  readonly #opening: Promise<Readable>[] = [];
  readonly #opened = new Set<Readable>();
  #position = 0;
  #destroyed = false;

  constructor(samples: readonly AudioSample[], signal: AbortSignal) {
    this.#samples = samples;
    this.#signal = signal;
  }

  /** The next sample's bytes, from the first. */
  async next(): Promise<Readable> {
    const position = this.#position++;
    const ahead = this.#opening[position] ?? this.#open(position);
    this.lookAhead();
    const source = await ahead;
    // Closed while it waited for its turn: nothing was read from it yet, so it can be opened afresh.
    return source.destroyed && !this.#destroyed ? this.#open(position) : source;
  }

  destroy(): void {
    this.#destroyed = true;
    for (const source of this.#opened) source.destroy();
  }

  /** Opens the samples that come next, as many as may be open. */
  lookAhead(): void {
    let bytes = 0;
    for (let ahead = this.#position; ahead < this.#position + SourceQueue.DEPTH; ahead++) {
      bytes += this.#samples[ahead]?.size ?? Infinity;
      if (bytes > SourceQueue.BYTES_AHEAD) return;
      this.#opening[ahead] ??= this.#open(ahead);
    }
  }

  #open(position: number): Promise<Readable> {
    const sample = this.#samples[position];
    if (!sample) throw new RangeError(`no sample ${position}`);
    const opening = sample.open(this.#signal).then((source) => {
      // An error of a source that nobody reads yet shows when its turn comes; unheard, it would end the process.
      source.on('error', () => {});
      this.#opened.add(source);
      source.once('close', () => this.#opened.delete(source));
      if (this.#destroyed) source.destroy();
      return source;
    });
    opening.catch(() => {}); // It is heard when its turn comes.
    return opening;
  }
}
