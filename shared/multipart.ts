import type { Readable } from 'node:stream';
import { type AudioSample, plainlyNotAudio, SNIFF_BYTES } from './audio-sample.ts';
import type { ClonePart } from './clone-request.ts';

/** A sample turned out to be something that must not be sent. Nothing of the call took effect. */
export class SampleError extends Error {
  override readonly name = 'SampleError';
  readonly code: 'NOT_AUDIO' | 'WRONG_LENGTH';
  readonly sampleName: string;

  constructor(code: SampleError['code'], sampleName: string, message: string) {
    super(message);
    this.code = code;
    this.sampleName = sampleName;
  }
}

export interface MultipartBody {
  /** Value of the `Content-Type` header. */
  contentType: string;
  /** Exact length of the body in bytes. */
  contentLength: number;
  /**
   * The bytes of the body, once. Ending the iteration early, or the signal, destroys every source that is open.
   *
   * @throws {SampleError} when a sample is not what was declared; whatever the source throws.
   */
  bytes(signal: AbortSignal): AsyncGenerator<Uint8Array, void, void>;
}

/**
 * Encodes the parts as `multipart/form-data` (RFC 7578), streaming. Names are escaped as the WHATWG's
 * "multipart/form-data encoding algorithm" says, so that no name can end its header; values are sent as they are.
 */
export function encodeMultipart(
  parts: readonly ClonePart[],
  boundary: string = `callers-voice-clone-${crypto.randomUUID()}`,
): MultipartBody {
  const encoded = parts.map(([name, value]) =>
    typeof value === 'string'
      ? { head: Buffer.from(`${partHead(boundary, name)}\r\n\r\n${value}\r\n`) }
      : { head: Buffer.from(`${partHead(boundary, name, value)}\r\n\r\n`), sample: value },
  );
  const end = Buffer.from(`--${boundary}--\r\n`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength: encoded.reduce(
      (length, { head, sample }) => length + head.length + (sample ? sample.size + LINE_BREAK.length : 0),
      end.length,
    ),
    async *bytes(signal) {
      const sources = new SourceQueue(
        encoded.flatMap(({ sample }) => sample ?? []),
        signal,
      );
      const destroy = () => sources.destroy();
      signal.addEventListener('abort', destroy);
      try {
        for (const { head, sample } of encoded) {
          yield head;
          if (!sample) continue;
          yield* checked(sample, await sources.next());
          yield LINE_BREAK;
        }
        yield end;
      } finally {
        signal.removeEventListener('abort', destroy);
        destroy();
      }
    },
  };
}

const LINE_BREAK = Buffer.from('\r\n');

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

/** Passes a sample's bytes on, stopping before the first one too many and before anything that is not audio. */
async function* checked(sample: AudioSample, source: Readable): AsyncGenerator<Uint8Array, void, void> {
  let sent = 0;
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source as AsyncIterable<Buffer>) {
    sent += chunk.length;
    if (sent > sample.size) throw wrongLength(sample, `is longer than the ${sample.size} bytes declared`);
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < Math.min(SNIFF_BYTES, sample.size)) continue;
    const found = plainlyNotAudio(start.subarray(0, SNIFF_BYTES));
    if (found) throw new SampleError('NOT_AUDIO', sample.name, `"${sample.name}" is ${found}, not audio`);
    yield start;
    start = undefined;
  }
  if (sent < sample.size) {
    throw wrongLength(sample, `ended after ${sent} of the ${sample.size} bytes declared`);
  }
}

function wrongLength(sample: AudioSample, problem: string): SampleError {
  return new SampleError('WRONG_LENGTH', sample.name, `"${sample.name}" ${problem}`);
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
    this.#lookAhead();
    const source = await ahead;
    // Closed while it waited for its turn: nothing was read from it yet, so it can be opened afresh.
    return source.destroyed && !this.#destroyed ? this.#open(position) : source;
  }

  destroy(): void {
    this.#destroyed = true;
    for (const source of this.#opened) source.destroy();
  }

  #lookAhead(): void {
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
