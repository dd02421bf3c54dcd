import type { Readable } from 'node:stream';
import type { AudioSample } from './audio-sample.ts';

/**
 * Opens the samples in order, and opens the next ones while one is being sent, to hide each source's time to
 * first byte. Open sources stay unread, so they use no memory beyond their sockets. Opens only a few small
 * ones ahead, because the other end closes a connection that is not read for long.
 */
export class SourceQueue {
  static readonly DEPTH = 4;
  /** At 100 MB/s, they last longer than S3 takes to answer. More would only take more connections. */
  static readonly BYTES_AHEAD = 16 * 1024 * 1024;

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

  /** The next sample's stream, from its first byte. */
  async next(): Promise<Readable> {
    const position = this.#position++;
    const ahead = this.#opening[position] ?? this.#open(position);
    this.lookAhead();
    const source = await ahead;
    // The source closed before its turn. Nothing was read from it yet, so it can be reopened.
    return source.destroyed && !this.#destroyed ? this.#open(position) : source;
  }

  destroy(): void {
    this.#destroyed = true;
    for (const source of this.#opened) source.destroy();
  }

  /** Opens the next samples, within the limits. */
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
      // Errors before a source's turn are handled at its turn; without a listener they would end the process.
      source.on('error', () => {});
      this.#opened.add(source);
      source.once('close', () => this.#opened.delete(source));
      if (this.#destroyed) source.destroy();
      return source;
    });
    opening.catch(() => {}); // Handled at its turn.
    return opening;
  }
}
