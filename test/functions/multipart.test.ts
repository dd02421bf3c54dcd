import busboy from 'busboy';
import { once } from 'node:events';
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

interface ReadPart {
  name: string;
  value?: string;
  filename?: string | undefined;
  type?: string;
  bytes?: Buffer;
}

/** The parts as busboy reads them; it leaves escapes in names as they are. */
async function readByBusboy(contentType: string, body: Buffer): Promise<ReadPart[]> {
  const parts: ReadPart[] = [];
  const parser = busboy({
    headers: { 'content-type': contentType },
    defParamCharset: 'utf8',
    preservePath: true,
    limits: { fieldNameSize: 10_000, fieldSize: 10_000_000 },
  });
  parser.on('field', (name, value, { nameTruncated, valueTruncated }) => {
    expect([nameTruncated, valueTruncated]).toEqual([false, false]);
    parts.push({ name, value });
  });
  parser.on('file', (name, stream, { filename, mimeType }) => {
    const part: ReadPart = { name, filename, type: mimeType, bytes: Buffer.alloc(0) };
    parts.push(part);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      part.bytes = Buffer.concat(chunks);
    });
  });
  const closed = once(parser, 'close');
  parser.end(body);
  await closed;
  return parts;
}

/** The parts as fetch's parser reads them; it undoes the escapes. */
async function readByFetch(contentType: string, body: Buffer): Promise<ReadPart[]> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData();
  return Promise.all(
    [...form].map(async ([name, value]): Promise<ReadPart> =>
      typeof value === 'string'
        ? { name, value }
        : {
            name,
            filename: value.name,
            type: value.type,
            bytes: Buffer.from(await value.arrayBuffer()),
          },
    ),
  );
}

const escaped = (name: string): string =>
  name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');

/** What parsers that are not ours make of these parts. */
async function understood(parts: readonly AudioPart[]) {
  const { contentType, contentLength } = encodeMultipart(parts, boundary);
  const body = await bodyOf(parts);
  return {
    wholeLength: body.length === contentLength,
    byFetch: await readByFetch(contentType, body),
    byBusboy: await readByBusboy(contentType, body),
  };
}

/** What they should make of them, files having these contents. */
function meant(parts: readonly AudioPart[], contents: readonly Buffer[] = []) {
  const left = contents.values();
  const byFetch = parts.map(([name, value]): ReadPart => {
    if (typeof value === 'string') return { name, value };
    return { name, filename: value.name, type: value.type, bytes: left.next().value ?? Buffer.alloc(0) };
  });
  const byBusboy = byFetch.map((part) => ({
    ...part,
    name: escaped(part.name),
    ...(part.filename !== undefined && { filename: escaped(part.filename) }),
  }));
  return { wholeLength: true, byFetch, byBusboy };
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

  it('is understood by other parsers, including repeated fields', async () => {
    const contents = [wav(100_000), wav(1_000), wav(45)];
    const samples = contents.map((bytes, index) =>
      sampleOf(bytes, { name: `${index}.wav`, type: index === 1 ? 'audio/mpeg' : 'audio/wav' }),
    );
    const parts: AudioPart[] = [
      ['name', 'Alice'],
      ['supportedLocales', 'en-US'],
      ['supportedLocales', 'de-DE'],
      ['description', ''],
      ...filesOf(samples),
    ];
    expect(await understood(parts)).toEqual(meant(parts, contents));
  });

  it('keeps audio that looks like multipart unchanged', async () => {
    const audio = Buffer.concat([
      wav(600),
      Buffer.from('\r\n--callers-voice-clone-\r\n\r\n--\r\n'),
      wav(100),
    ]);
    const samples = [sampleOf(audio), byteByByte(audio)];
    const parts: AudioPart[] = [...filesOf(samples), ['name', 'Alice']];
    expect(await understood(parts)).toEqual(meant(parts, [audio, audio]));
  });

  it('has a boundary of its own every time, of at most 70 harmless characters', () => {
    const types = [1, 2, 3].map(() => encodeMultipart([]).contentType);
    expect(new Set(types).size).toBe(3);
    for (const type of types) expect(type).toMatch(/^multipart\/form-data; boundary=[\w'-]{20,70}$/);
  });

  it.each([
    ['quotes', 'a "quoted" name'],
    ['a quote at the end', 'name"'],
    ['CR', 'a\rb'],
    ['LF', 'a\nb'],
    ['CRLF', 'a\r\nb'],
    ['a header', 'x"\r\nContent-Type: text/html\r\n\r\n<script>'],
    ['another file', 'x"; filename="evil.exe'],
    ['another part', `x\r\n--${boundary}\r\nContent-Disposition: form-data; name="apiKey"\r\n\r\nevil`],
    ['the end', `x\r\n--${boundary}--\r\n`],
    ['emoji', '😀👩‍👩‍👧🇨🇭'],
    ['composed characters (NFC)', 'größe'.normalize('NFC')],
    ['decomposed characters (NFD)', 'größe'.normalize('NFD')],
    ['Arabic and Hebrew', 'صوت קול'],
    ['percent signs', '100% %zz %'],
    ['semicolons', "a;b; filename*=UTF-8''x"],
    ['an equals sign and commas', 'a=b,c'],
    ['a slash', 'takes/one'],
    ['a backslash inside', 'a\\b'],
    ['an apostrophe', "it's"],
    ['spaces around', '  a  '],
  ])('is understood when a file name holds %s', async (_, name) => {
    const audio = wav(600);
    const parts: AudioPart[] = [
      ['name', 'Alice'],
      ['files', sampleOf(audio, { name: `${name}.wav` })],
      ['files', sampleOf(audio, { name: `x${name}` })],
      ['description', 'after'],
    ];
    expect(await understood(parts)).toEqual(meant(parts, [audio, audio]));
  });

  it.each([
    ['quotes', '"quoted"'],
    ['CR', 'a\rb'],
    ['LF', 'a\nb'],
    ['CRLF at both ends', '\r\na\r\n'],
    ['a header', 'x\r\nContent-Type: text/html\r\n\r\n<script>'],
    ['what looks like a boundary', '\r\n--callers-voice-clone-\r\n--\r\n'],
    ['emoji', '😀👩‍👩‍👧🇨🇭'],
    ['decomposed characters (NFD)', 'größe'.normalize('NFD')],
    ['percent signs', '100% %0D%0A %22'],
    ['semicolons', 'a;b;c=d'],
    ['control characters', '\u0000\u0001\t\u007f'],
    ['nothing', ''],
    ['a mebibyte', 'ä'.repeat(524_288)],
  ])('is understood when a value holds %s', async (_, value) => {
    const parts: AudioPart[] = [
      ['name', value],
      ['description', value],
      ['after', 'x'],
    ];
    expect(await understood(parts)).toEqual(meant(parts));
  });

  it.each([
    ['quotes', 'na"me'],
    ['CRLF', 'na\r\nme'],
    ['a header', 'x"\r\nContent-Type: text/html\r\n\r\n'],
    ['emoji', '😀'],
    ['percent signs', '100%'],
    ['semicolons', 'a; filename="x"'],
  ])('is understood when a field is called with %s', async (_, name) => {
    const audio = wav(600);
    const parts: AudioPart[] = [
      [name, 'value'],
      [name, sampleOf(audio)],
    ];
    expect(await understood(parts)).toEqual(meant(parts, [audio]));
  });

  it('is understood when a file name is as long as an S3 key can be, and longer', async () => {
    const audio = wav(600);
    const names = [`${'😀'.repeat(255)}.wav`, `${'x'.repeat(4_000)}.wav`, `${'"'.repeat(1_000)}.wav`];
    const parts: AudioPart[] = filesOf(names.map((name) => sampleOf(audio, { name })));
    expect(await understood(parts)).toEqual(
      meant(
        parts,
        names.map(() => audio),
      ),
    );
  });

  it('never lets a name begin a line of its own', async () => {
    for (const name of ['a\r\nX-Evil: 1', 'a\nX-Evil: 1', 'a\rX-Evil: 1', 'a"\r\n\r\nX-Evil: 1']) {
      const body = await bodyOf([
        [name, 'value'],
        ['files', sampleOf(wav(100), { name })],
      ]);
      expect(body.toString('latin1')).not.toMatch(/[\r\n]X-Evil/);
    }
  });

  it('may be empty', async () => {
    expect((await bodyOf([])).toString()).toBe(terminator);
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

  it('of a gibibyte costs no reading and no memory', () => {
    const sample = largeSample(2 ** 30);
    const { contentLength } = encodeMultipart(filesOf([sample]), boundary);
    expect(contentLength - 2 ** 30).toBeGreaterThan(0);
    expect(contentLength - 2 ** 30).toBeLessThan(300);
    expect(sample.opens).toBe(0);
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

  it.each([1, 99_000, 99_999])(
    'that is shorter than declared (%d bytes) ends the body with an error',
    async (size) => {
      const sample = sampleOf(audio.subarray(0, size), declared(100_000));
      expect(await errorOf(sample)).toEqual(wrongLength(new RegExp(`${size} .*100000`)));
    },
  );

  it('that is unexpectedly empty ends the body with an error', async () => {
    const sample = sampleFrom(() => Readable.from([]), declared(5));
    expect(await errorOf(sample)).toEqual(wrongLength(/ 0 .*5/));
  });

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

  it('of the declared length is sent whole, in whatever chunks', async () => {
    for (const bytes of [wav(45), wav(4_095), wav(4_096), wav(4_097), wav(9_000)]) {
      const body = await bodyOf([['files', byteByByte(bytes)]]);
      expect(body.includes(bytes)).toBe(true);
    }
  });

  it('that fails passes its error on', async () => {
    const error = new Error('the disk is on fire');
    expect(await errorOf(failingSample(200_000, 0, error))).toBe(error);
    expect(await errorOf(failingSample(200_000, 100_000, error))).toBe(error);
    expect(await errorOf(failingSample(200_000, 200_000, error))).toBe(error);
    expect(await errorOf(unopenableSample(200_000, error))).toBe(error);
  });

  it('that is destroyed half way ends the body with an error', async () => {
    const sample = stallingSample(100_000, 50_000);
    const reading = errorOf(sample);
    await turn();
    await turn();
    sample.sources[0]?.destroy();
    expect(await reading).toBeInstanceOf(Error);
  });

  it('with headers and no sound is not sent', async () => {
    for (const make of [sampleOf, byteByByte]) {
      const sample = make(wav(44), { name: 'one.wav' });
      const { body, error } = await read([['files', sample]]);
      expect(error).toMatchObject({ name: 'SampleError', code: 'NO_SOUND', sampleName: 'one.wav' });
      expect(body.toString('latin1')).toMatch(/Content-Type: audio\/wav\r\n\r\n$/);
    }
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

  const errorPages: [string, string | Buffer, RegExp][] = [
    ['a web page', `<!DOCTYPE html><html>${'x'.repeat(2_000)}</html>`, /HTML/],
    ['a short web page', '<html>404</html>', /HTML/],
    ['a JSON document', JSON.stringify({ statusCode: 404, message: 'x'.repeat(2_000) }), /JSON/],
    ['a short JSON document', '{}', /JSON/],
    ['an error of S3', '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', /XML/],
    ['a ZIP archive', Buffer.concat([Buffer.from('PK\x03\x04'), wav(2_000)]), /ZIP/],
    ['text', 'Not found', /text/],
  ];

  it.each(errorPages)('that is %s is not sent', async (_, content, found) => {
    const bytes = Buffer.from(content);
    for (const make of [sampleOf, byteByByte]) {
      const sample = make(bytes, { name: 'one.mp3' });
      const { body, error } = await read([
        ['name', 'Alice'],
        ['files', sample],
      ]);
      expect(error).toBeInstanceOf(SampleError);
      expect(error).toMatchObject({ code: 'NOT_AUDIO', sampleName: 'one.mp3' });
      expect((error as Error).message).toMatch(found);
      expect((error as Error).message).toContain('"one.mp3"');
      // Not one byte of it was let through.
      expect(body.toString('latin1')).toMatch(/filename="one.mp3"\r\nContent-Type: audio\/wav\r\n\r\n$/);
      expect(openSources([sample])).toEqual([]);
    }
  });

  it('that is not audio, after good ones, ends the body too', async () => {
    const bad = sampleOf(Buffer.from('<html>'), { name: 'bad.wav' });
    const { body, error } = await read(filesOf([sampleOf(audio), bad, sampleOf(audio)]));
    expect(error).toMatchObject({ code: 'NOT_AUDIO', sampleName: 'bad.wav' });
    expect(body.toString('latin1')).not.toContain(terminator);
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

  it('opens nothing before the body is asked for', async () => {
    const samples = [sampleOf(wav(600)), sampleOf(wav(600))];
    encodeMultipart([['name', 'Alice'], ...filesOf(samples)], boundary);
    await turn();
    expect(samples.map(({ opens }) => opens)).toEqual([0, 0]);
  });

  it('opens at most four samples beyond the one being sent', async () => {
    const sizes = Array.from({ length: 10 }, () => 100_000);
    expect(await opensWhileSending(0, sizes)).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    expect(await opensWhileSending(2, sizes)).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
    expect(await opensWhileSending(8, sizes)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('opens at most 32 MB beyond the one being sent', async () => {
    expect(await opensWhileSending(0, [1_000, 16 * mebibyte, 16 * mebibyte, 1_000])).toEqual([1, 1, 1, 0]);
    expect(await opensWhileSending(0, [1_000, 16 * mebibyte, 16 * mebibyte + 1, 1])).toEqual([1, 1, 0, 0]);
    expect(await opensWhileSending(0, [1_000, 33 * mebibyte, 1_000])).toEqual([1, 0, 0]);
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
    const parsed = await readByBusboy(`multipart/form-data; boundary=${boundary}`, body);
    expect(parsed[1]?.bytes).toEqual(audio);
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

  it('by the signal ends the wait for a source that stalls', async () => {
    const cancel = new AbortController();
    const sample = stallingSample(1_000, 0);
    const writing = writtenBody(encodeMultipart(filesOf([sample]), boundary), undefined, cancel.signal);
    await turn();
    cancel.abort();
    expect((await writing).error).toBeDefined();
    expect(openSources([sample])).toEqual([]);
  });

  it('also destroys a source that opens afterwards', async () => {
    const opening = Promise.withResolvers<Readable>();
    const late = sampleFrom(() => opening.promise, { size: 600 });
    await writeUntil(filesOf([largeSample(1_000), late]), ({ length }) => late.opens > 0 && length > 500);
    expect(late.opens).toBe(1);
    const source = new PassThrough();
    opening.resolve(source);
    await turn();
    expect(source.destroyed).toBe(true);
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

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...options: Parameters<typeof add>) => {
      listeners += 1;
      add(...options);
    };
    signal.removeEventListener = (...options: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...options);
    };
    await writtenBody(encodeMultipart(filesOf(five()), boundary), undefined, signal);
    expect(listeners).toBe(0);
  });
});
