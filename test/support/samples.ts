import { PassThrough, Readable } from 'node:stream';
import type { AudioSample } from '../../functions/clone-voice/send/audio-sample.ts';
import { wav } from './wav.ts';

/** A sample that remembers its opened sources. */
export interface WatchedSample extends AudioSample {
  /** Every source that was opened, in order. */
  readonly sources: readonly Readable[];
  /** How often it was opened, including failed attempts. */
  readonly opens: number;
}

/** What a sample is declared as. */
export interface SampleOptions {
  /** @default 'sample.wav' */
  name?: string;
  /** @default 'audio/wav' */
  type?: string;
  /** The declared size. @default the real one */
  size?: number;
}

/** A sample whose every source is made by `open`. */
export function sampleFrom(
  open: (signal: AbortSignal) => Readable | Promise<Readable>,
  { name = 'sample.wav', type = 'audio/wav', size = 0 }: SampleOptions = {},
): WatchedSample {
  const sources: Readable[] = [];
  let opens = 0;
  return {
    name,
    type,
    size,
    sources,
    get opens() {
      return opens;
    },
    open: async (signal) => {
      opens += 1;
      const source = await open(signal);
      sources.push(source);
      return source;
    },
  };
}

/** A sample of these bytes, in chunks as a file or a socket gives them. */
export function sampleOf(bytes: Uint8Array, options: SampleOptions = {}): WatchedSample {
  return sampleFrom(() => streamOf(chunksOf(bytes, 64 * 1024)), { size: bytes.length, ...options });
}

/** A sample that arrives one byte at a time. */
export function byteByByte(bytes: Uint8Array, options: SampleOptions = {}): WatchedSample {
  return sampleFrom(() => streamOf(chunksOf(bytes, 1)), { size: bytes.length, ...options });
}

/** A sample of this size that is never completely in memory. */
export function largeSample(size: number, options: SampleOptions = {}): WatchedSample {
  return sampleFrom(
    () => {
      const chunk = wav(64 * 1024);
      let left = size;
      return new Readable({
        read() {
          const next = chunk.subarray(0, left);
          left -= next.length;
          this.push(next.length > 0 ? next : null);
        },
      });
    },
    { size, ...options },
  );
}

/** A sample that gives the first `after` bytes of `size`, then stalls. */
export function stallingSample(size: number, after: number, options: SampleOptions = {}): WatchedSample {
  return sampleFrom(
    () => {
      const source = new PassThrough({ highWaterMark: after + 1 });
      if (after > 0) source.write(wav(size).subarray(0, after));
      return source;
    },
    { size, ...options },
  );
}

/** A sample that gives the first `after` bytes of `size`, then fails with `error`. */
export function failingSample(
  size: number,
  after: number,
  error: Error,
  options: SampleOptions = {},
): WatchedSample {
  return sampleFrom(
    () =>
      streamOf(function* failing() {
        yield* chunksOf(wav(size).subarray(0, after), 64 * 1024)();
        throw error;
      }),
    { size, ...options },
  );
}

/** A sample that cannot be opened. */
export function unopenableSample(size: number, error: Error, options: SampleOptions = {}): WatchedSample {
  return sampleFrom(() => Promise.reject(error), { size, ...options });
}

/** The sources of these samples that are still open. */
export function openSources(samples: readonly WatchedSample[]): Readable[] {
  return samples.flatMap(({ sources }) => sources.filter(({ destroyed }) => !destroyed));
}

/** `Readable.from` in object mode would read ahead by chunks, not by bytes, and pass on empty ones. */
function streamOf(chunks: () => Iterable<Uint8Array>): Readable {
  return Readable.from(chunks(), { objectMode: false });
}

function chunksOf(bytes: Uint8Array, length: number): () => Generator<Uint8Array> {
  return function* chunks() {
    for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
  };
}
