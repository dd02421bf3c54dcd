import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AudioPart } from '../../functions/clone-voice/send/audio-sample.ts';
import { encodeMultipart, SampleError } from '../../functions/clone-voice/send/multipart.ts';
import {
  byteByByte,
  failingSample,
  largeSample,
  openSources,
  sampleFrom,
  type SampleOptions,
  sampleOf,
  stallingSample,
  unopenableSample,
  type WatchedSample,
} from '../support/samples.ts';
import { wav } from '../support/wav.ts';
import { type Written, writtenBody } from '../support/written-body.ts';

const boundary = 'a-boundary-of-our-own';
const terminator = `--${boundary}--\r\n`;

const filesOf = (samples: readonly WatchedSample[]): AudioPart[] =>
  samples.map((sample): AudioPart => ['files', sample]);

const read = (parts: readonly AudioPart[]): Promise<Written> => writtenBody(encodeMultipart(parts, boundary));

/** Writes until `isLast` accepts a chunk. */
async function writeUntil(parts: readonly AudioPart[], isLast: (chunk: Buffer) => boolean): Promise<Written> {
  const cancel = new AbortController();
  const stop = (chunk: Buffer) => isLast(chunk) && cancel.abort();
  return writtenBody(encodeMultipart(parts, boundary), stop, cancel.signal);
}

async function bodyOf(parts: readonly AudioPart[]): Promise<Buffer> {
  const { body, error } = await read(parts);
  if (error) throw error;
  return body;
}

/** The error of a sample, after checking that no server could mistake what was written for a whole body. */
async function errorOf(sample: WatchedSample): Promise<unknown> {
  const { body, error } = await read([['name', 'Alice'], ...filesOf([sample])]);
  expect(body.toString('latin1')).not.toContain(terminator);
  expect(body.length).toBeLessThan(encodeMultipart(filesOf([sample]), boundary).contentLength + 100);
  expect(openSources([sample])).toEqual([]);
  return error;
}

describe('the body', () => {
  it('is what RFC 7578 asks for, byte by byte', async () => {
    const audio = wav(50);
    const body = await bodyOf([
      ['name', 'Alice'],
      ['files', sampleOf(audio, { name: 'one.wav', type: 'audio/wav' })],
    ]);
    expect(body.toString('latin1')).toBe(
      `--${boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\nAlice\r\n` +
        `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="one.wav"\r\n` +
        `Content-Type: audio/wav\r\n\r\n${audio.toString('latin1')}\r\n${terminator}`,
    );
  });

  it('has a boundary of its own every time, of at most 70 harmless characters', () => {
    const types = [1, 2, 3].map(() => encodeMultipart([]).contentType);
    expect(new Set(types).size).toBe(3);
    for (const type of types) expect(type).toMatch(/^multipart\/form-data; boundary=[\w'-]{20,70}$/);
  });
});

describe('the length', () => {
  it('is known, exactly, before anything is opened or read', async () => {
    const samples = [
      sampleOf(wav(45)),
      sampleOf(wav(4_095)),
      sampleOf(wav(4_096)),
      sampleOf(wav(4_097)),
      sampleOf(wav(200_001), { name: 'größe "😀"\r\n.wav' }),
    ];
    const parts: AudioPart[] = [['name', 'Zoë 😀'], ['größe', '\r\n'], ...filesOf(samples)];
    const { contentLength } = encodeMultipart(parts, boundary);
    expect(samples.map(({ opens }) => opens)).toEqual([0, 0, 0, 0, 0]);
    expect((await bodyOf(parts)).length).toBe(contentLength);
    expect(encodeMultipart([], boundary).contentLength).toBe(terminator.length);
  });
});

describe('a sample', () => {
  const wrongLength = (message: RegExp) =>
    expect.objectContaining({
      name: 'SampleError',
      code: 'WRONG_LENGTH',
      sampleName: 'one.wav',
      message: expect.stringMatching(message),
    });
  const audio = wav(100_000);
  const declared = (size: number): SampleOptions => ({ name: 'one.wav', size });

  it.each([0, 1, 99_000, 99_999])(
    'that is shorter than declared (%d bytes) ends the body with an error',
    async (size) => {
      const sample = sampleOf(audio.subarray(0, size), declared(100_000));
      expect(await errorOf(sample)).toEqual(wrongLength(new RegExp(`${size} .*100000`)));
    },
  );

  it.each([99_999, 65_536, 1_000, 44, 1, 0])(
    'that is longer than declared (%d bytes) ends the body with an error, and sends no extra byte',
    async (size) => {
      const sample = sampleOf(audio, declared(size));
      expect(await errorOf(sample)).toEqual(wrongLength(new RegExp(`longer .*${size}`)));
      const { body } = await read([['files', sample]]);
      expect(body.length).toBeLessThan(encodeMultipart([['files', sample]], boundary).contentLength);
    },
  );

  it('that is one byte longer, which arrives late, is detected too', async () => {
    const source = new PassThrough();
    const sample = sampleFrom(() => source, declared(audio.length));
    const reading = errorOf(sample);
    source.write(audio);
    await turn();
    await turn();
    source.end('x');
    expect(await reading).toEqual(wrongLength(/longer/));
  });

  it('that is destroyed half way ends the body with an error', async () => {
    const sample = stallingSample(100_000, 50_000);
    const reading = errorOf(sample);
    await turn();
    await turn();
    sample.sources[0]?.destroy();
    expect(await reading).toBeInstanceOf(Error);
  });

  it.each([1, 4_096, 200_000])('of %d zeros ends the body with an error, before its end', async (size) => {
    for (const make of [sampleOf, byteByByte]) {
      const error = await errorOf(make(Buffer.alloc(size), { name: 'one.mp3' }));
      expect(error).toMatchObject({ code: 'NOT_AUDIO', found: 'nothing but zeros' });
    }
  });

  it('that begins with many zeros is sent whole', async () => {
    const late = Buffer.concat([Buffer.alloc(150_000), wav(1_000)]);
    expect((await bodyOf([['files', sampleOf(late)]])).includes(late)).toBe(true);
    const last = Buffer.concat([Buffer.alloc(150_000), Buffer.from([1])]);
    expect((await bodyOf([['files', sampleOf(last)]])).includes(last)).toBe(true);
  });

  it('that is not audio is not sent: not one byte', async () => {
    for (const make of [sampleOf, byteByByte]) {
      const sample = make(Buffer.from('<html>404</html>'), { name: 'one.mp3' });
      const { body, error } = await read(filesOf([sample]));
      expect(error).toBeInstanceOf(SampleError);
      expect(error).toMatchObject({ code: 'NOT_AUDIO', sampleName: 'one.mp3' });
      expect((error as Error).message).toMatch(/"one.mp3".*HTML/);
      expect(body.toString('latin1')).toMatch(/filename="one.mp3"\r\nContent-Type: audio\/wav\r\n\r\n$/);
    }
  });
});

describe('looking ahead', () => {
  const mebibyte = 1024 * 1024;

  /** Many samples of these sizes, and the opens counted when the bytes of the nth begin to be sent. */
  async function opensWhileSending(position: number, sizes: readonly number[]): Promise<number[]> {
    const samples = sizes.map((size, index) => largeSample(size, { name: `${index}.wav` }));
    let head = '';
    let opens: number[] = [];
    await writeUntil(filesOf(samples), (chunk) => {
      const begins = head.includes(`filename="${position}.wav"`);
      if (begins) opens = samples.map((sample) => sample.opens);
      head = chunk.toString('latin1');
      return begins;
    });
    return opens;
  }

  it('opens at most four samples beyond the one being sent', async () => {
    const sizes = Array.from({ length: 10 }, () => 100_000);
    expect(await opensWhileSending(0, sizes)).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    expect(await opensWhileSending(2, sizes)).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect(await opensWhileSending(8, sizes)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('opens at most 16 MiB beyond the one being sent', async () => {
    expect(await opensWhileSending(0, [1_000, 8 * mebibyte, 8 * mebibyte, 1_000])).toEqual([1, 1, 1, 0]);
    expect(await opensWhileSending(0, [1_000, 8 * mebibyte, 8 * mebibyte + 1, 1])).toEqual([1, 1, 0, 0]);
    expect(await opensWhileSending(0, [1_000, 17 * mebibyte, 1_000])).toEqual([1, 0, 0]);
    // The one being sent does not count.
    expect(await opensWhileSending(0, [40 * mebibyte, 1_000, 1_000])).toEqual([1, 1, 1]);
  });

  it('opens each sample once, and sends all of them in order', async () => {
    const samples = Array.from({ length: 12 }, (_, index) => sampleOf(wav(600), { name: `${index}.wav` }));
    const body = (await bodyOf(filesOf(samples))).toString('latin1');
    expect([...body.matchAll(/filename="(\d+)\.wav"/g)].map(([, index]) => Number(index))).toEqual(
      samples.map((_, index) => index),
    );
    expect(samples.map(({ opens }) => opens)).toEqual(samples.map(() => 1));
    expect(openSources(samples)).toEqual([]);
  });

  it('does not read what it opened', async () => {
    const ahead = largeSample(mebibyte);
    const samples = [largeSample(mebibyte), ahead];
    const buffered = new Set<number | undefined>();
    await writeUntil(filesOf(samples), (chunk) => {
      buffered.add(ahead.sources[0]?.readableLength);
      return chunk.length === 2; // the line break after the first one
    });
    expect([...buffered]).toEqual([0]);
  });

  it('does not stop for a sample that cannot be opened before its turn', async () => {
    const error = new Error('no such thing');
    const first = wav(200_000);
    const parts = filesOf([sampleOf(first), unopenableSample(600, error)]);
    // One turn is enough for an unhandled rejection to surface.
    const written = await writtenBody(encodeMultipart(parts, boundary), () => turn());
    expect(written.error).toBe(error);
    expect(written.body.includes(first)).toBe(true);
  });

  it('ignores a sample that cannot be opened if its turn never comes', async () => {
    const samples = [largeSample(200_000), unopenableSample(600, new Error('no such thing'))];
    await writeUntil(filesOf(samples), (chunk) => chunk.length > 1_000);
    await turn();
    expect(openSources(samples)).toEqual([]);
  });

  it.each([
    ['closed', undefined],
    ['failed', new Error('socket hang up')],
  ])('reopens a source that %s before its turn', async (_, error) => {
    const audio = wav(3_000);
    const second = sampleOf(audio, { name: 'second.wav' });
    const parts = filesOf([largeSample(200_000), second]);
    const { body } = await writtenBody(encodeMultipart(parts, boundary), () => {
      if (second.opens === 1) second.sources[0]?.destroy(error);
      return turn();
    });
    expect(second.opens).toBe(2);
    expect(body.includes(Buffer.concat([Buffer.from('\r\n\r\n'), audio, Buffer.from('\r\n')]))).toBe(true);
    expect(openSources([second])).toEqual([]);
  });
});

describe('ending', () => {
  const five = (): WatchedSample[] => Array.from({ length: 5 }, () => largeSample(200_000));

  it('with an error destroys every source that was opened', async () => {
    const samples = [failingSample(600, 0, new Error('x')), ...five().slice(1)];
    expect((await read(filesOf(samples))).error).toBeInstanceOf(Error);
    await turn();
    expect(openSources(samples)).toEqual([]);
  });

  it('by the signal destroys every source at once, also while the destination takes nothing', async () => {
    const samples = five();
    const cancel = new AbortController();
    const sending = Promise.withResolvers<void>();
    const hang = (chunk: Buffer) => {
      if (chunk.length > 1_000) sending.resolve();
      return chunk.length > 1_000 ? new Promise(() => {}) : undefined;
    };
    const writing = writtenBody(encodeMultipart(filesOf(samples), boundary), hang, cancel.signal);
    await sending.promise;
    expect(openSources(samples)).toHaveLength(5);
    cancel.abort();
    expect(openSources(samples)).toEqual([]);
    const { body, error } = await writing;
    expect(error).toBeDefined();
    expect(body.toString('latin1')).not.toContain(terminator);
  });

  it('by the signal opens nothing more', async () => {
    const opening = Promise.withResolvers<Readable>();
    const cancel = new AbortController();
    const samples = [sampleFrom(() => opening.promise, { size: 600 }), sampleOf(wav(600))];
    const writing = writtenBody(encodeMultipart(filesOf(samples), boundary), undefined, cancel.signal);
    await turn();
    const opensBefore = samples.map(({ opens }) => opens);
    cancel.abort();
    opening.resolve(new PassThrough());
    expect((await writing).error).toBeDefined();
    expect(samples.map(({ opens }) => opens)).toEqual(opensBefore);
    expect(openSources(samples)).toEqual([]);
  });

  it('gives the signal to every source', async () => {
    const signals: AbortSignal[] = [];
    const sample = sampleFrom(
      (signal) => {
        signals.push(signal);
        return Readable.from([wav(600)]);
      },
      { size: 600 },
    );
    const cancel = new AbortController();
    await writtenBody(encodeMultipart(filesOf([sample]), boundary), undefined, cancel.signal);
    expect(signals).toHaveLength(1);
    expect(signals[0]?.aborted).toBe(false);
    cancel.abort();
    expect(signals[0]?.aborted).toBe(true);
  });
});
