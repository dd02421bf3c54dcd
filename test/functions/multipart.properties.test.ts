import busboy from 'busboy';
import * as fc from 'fast-check';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallersApiSimulator, startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import type { AudioPart } from '../../functions/clone-voice/send/audio-sample.ts';
import { buildCloneRequest } from '../../shared/clone-request.ts';
import type { CloneSettings } from '../../shared/clone-settings.ts';
import { parseManifest } from '../../voice-folder/parse-manifest.ts';
import { encodeMultipart } from '../../functions/clone-voice/send/multipart.ts';
import { sendCloneRequest } from '../../functions/clone-voice/send/send-clone-request.ts';
import { hostileText, sampleName, validManifest } from '../support/arbitraries.ts';
import { byteByByte, sampleOf } from '../support/samples.ts';
import { wav } from '../support/wav.ts';
import { writtenBody } from '../support/written-body.ts';
import { runs } from '../support/runs.ts';

/** A part as it was meant, or as a server reads it. */
type Part = { name: string; value: string } | { name: string; filename: string; type: string; bytes: Buffer };

interface Encoded {
  contentType: string;
  contentLength: number;
  body: Buffer;
}

async function encode(parts: readonly AudioPart[], boundary?: string): Promise<Encoded> {
  const multipart = encodeMultipart(parts, boundary);
  const { contentType, contentLength } = multipart;
  const { body, error } = await writtenBody(multipart);
  if (error) throw error;
  return { contentType, contentLength, body };
}

/** The parts as a server that uses busboy reads them. */
async function readByBusboy({ contentType, body }: Encoded): Promise<Part[]> {
  const parser = busboy({
    headers: { 'content-type': contentType },
    defParamCharset: 'utf8',
    preservePath: true,
    limits: { fieldNameSize: 100_000 },
  });
  const parts: Part[] = [];
  parser.on('field', (name, value) => parts.push({ name, value }));
  parser.on('file', (name, stream, { filename = '', mimeType: type }) => {
    const part = { name, filename, type, bytes: Buffer.alloc(0) };
    parts.push(part);
    stream.on('data', (chunk: Buffer) => {
      part.bytes = Buffer.concat([part.bytes, chunk]);
    });
    stream.on('error', () => {}); // The parser reports it.
  });
  const closed = once(parser, 'close');
  parser.end(body);
  await closed;
  return parts;
}

/** The parts as a server with the browsers' parser reads them: unescaped. */
async function readByFetch({ contentType, body }: Encoded): Promise<Part[]> {
  const headers = { 'content-type': contentType };
  const form = await new Response(new Uint8Array(body), { headers }).formData();
  return Promise.all(
    [...form].map(async ([name, value]): Promise<Part> => {
      if (typeof value === 'string') return { name, value };
      const bytes = Buffer.from(await value.arrayBuffer());
      return { name, filename: value.name, type: value.type, bytes };
    }),
  );
}

/** What busboy makes of a name: it keeps the escapes of the WHATWG, and takes `\\` for an escaped `\`. */
function asBusboyReads(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22').replaceAll('\\\\', '\\');
}

/** Fetch takes escapes back, also those that were in the name before, and a byte order mark at the beginning. */
function asFetchReads(name: string): string {
  return name
    .replace(/^\ufeff/, '')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%22', '"');
}

/** The parts with the names that a parser makes of theirs. */
function named(parts: readonly Part[], reads: (name: string) => string): Part[] {
  return parts.map((each) => ({
    ...each,
    name: reads(each.name),
    ...('filename' in each && { filename: reads(each.filename) }),
  }));
}

const partsOf = (parts: readonly Part[]): AudioPart[] =>
  parts.map((part): AudioPart =>
    'value' in part
      ? [part.name, part.value]
      : [part.name, sampleOf(part.bytes, { name: part.filename, type: part.type })],
  );

/** A header holds no control characters but the tab (RFC 9110, section 5.5); CR and LF are escaped. */
// oxlint-disable-next-line no-control-regex -- they are what it is about
const inHeader = (text: string) => text.replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '');

/** A backslash at the end would escape the quote behind it; no name of an audio file ends so. */
const partName = hostileText().map((text) => `${inHeader(text)}x`);

/** Starts like audio, then holds anything, even what looks like the end of the part. */
const audio = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      hostileText().map((text) => Buffer.from(text)),
    ),
    { maxLength: 3 },
  )
  .map((pieces) => Buffer.concat([wav(600), ...pieces]));

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ name: partName, value: hostileText() }, { noNullPrototype: true }),
  fc.record(
    {
      name: partName,
      filename: partName,
      type: fc.constantFrom('audio/wav', 'audio/mpeg', 'application/octet-stream'),
      bytes: audio,
    },
    { noNullPrototype: true },
  ),
);

describe('any parts, whatever is in their names and values', () => {
  it('survive busboy and fetch unchanged, and have the declared length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        const encoded = await encode(partsOf(parts));
        expect(encoded.body.length).toBe(encoded.contentLength);
        expect(await readByFetch(encoded)).toEqual(named(parts, asFetchReads));
        expect(await readByBusboy(encoded)).toEqual(named(parts, asBusboyReads));
      }),
      { numRuns: runs(200) },
    );
  });

  it('survive even when they contain a multipart body, or the beginning of one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 3 }), fc.nat(), async (parts, pick) => {
        const inner = await encode(partsOf(parts));
        const bytes = Buffer.concat([wav(600), inner.body.subarray(0, pick % (inner.body.length + 1))]);
        const [, boundary = ''] = /boundary=(.*)$/.exec(inner.contentType) ?? [];
        const outer: Part[] = [
          { name: 'name', value: inner.body.toString() },
          { name: 'files', filename: `${boundary}.wav`, type: 'audio/wav', bytes },
          {
            name: 'files',
            filename: 'almost.wav',
            type: 'audio/wav',
            bytes: Buffer.concat([wav(600), Buffer.from(`\r\n--${boundary}`)]),
          },
          { name: 'after', value: `--${boundary}--\r\n` },
        ];
        // A boundary that differs only in its last character.
        for (const encoded of [
          await encode(partsOf(outer)),
          await encode(partsOf(outer), `${boundary.slice(0, -1)}_`),
        ]) {
          expect(encoded.body.length).toBe(encoded.contentLength);
          expect(await readByBusboy(encoded)).toEqual(outer);
          expect(await readByFetch(encoded)).toEqual(outer);
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('are the same bytes in whatever chunks a sample arrives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(audio, { minLength: 1, maxLength: 3 }), async (contents) => {
        const whole = await encode(
          contents.map((bytes): AudioPart => ['files', sampleOf(bytes)]),
          'b',
        );
        const single = await encode(
          contents.map((bytes): AudioPart => ['files', byteByByte(bytes)]),
          'b',
        );
        expect(single.body.equals(whole.body)).toBe(true);
      }),
      { numRuns: runs(20) },
    );
  });

  it('never begin a line with a name', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText(), hostileText(), async (name, filename) => {
        const { body } = await encode([[name, sampleOf(wav(0), { name: filename })]], 'b');
        const lines = body.toString('latin1').split(/\r\n|\r|\n/);
        expect(lines).toHaveLength(7);
        expect(lines[1]).toMatch(/^Content-Disposition: form-data; name="[^"]*"; filename="[^"]*"$/);
      }),
      { numRuns: runs(200) },
    );
  });
});

/** What the API must read in the form: the text of each setting. */
function fieldsOf(settings: CloneSettings): [string, string | number][] {
  return Object.entries(settings).flatMap(([name, value]) =>
    [value]
      .flat()
      .map((item): [string, string | number] => [name, typeof item === 'number' ? item : String(item)]),
  );
}

/** Numbers are compared as such, and to 20 decimals: below that they are written without an exponent, rounded. */
function withNumbersOf(
  expected: [string, string | number][],
  fields: readonly (readonly [string, string])[],
) {
  return fields.map(([name, text], index) => {
    const number = expected[index]?.[1];
    const isSame =
      typeof number === 'number' && /^-?\d+(\.\d+)?$/.test(text) && Math.abs(Number(text) - number) <= 1e-20;
    return [name, isSame ? number : text];
  });
}

describe('the request of any good manifest', () => {
  it('holds text with half a character too, unless the manifest is refused for it', async () => {
    const halves = fc.constantFrom('\ud800', '\udfff', '\udc00\ud800');
    await fc.assert(
      fc.asyncProperty(hostileText(), halves, hostileText(), async (before, half, after) => {
        const text = `${before}a${half}a${after}Alice`;
        const parsed = parseManifest(Buffer.from(JSON.stringify({ name: text, description: text })));
        const settings = parsed.ok ? parsed.manifest.settings : { name: 'refused' };
        const read = await readByBusboy(await encode(buildCloneRequest({ settings, samples: [] }).parts));
        expect(read).toEqual(Object.entries(settings).map(([name, value]) => ({ name, value })));
      }),
      { numRuns: runs(50) },
    );
  });

  describe('sent to the API', () => {
    let api: CallersApiSimulator;
    beforeAll(async () => {
      api = await startCallersApiSimulator();
    });
    afterAll(() => api.close());

    async function send(settings: CloneSettings, names: readonly string[], subOrganizationId?: string) {
      const outcome = await sendCloneRequest(
        buildCloneRequest({
          apiUrl: api.url,
          apiKey: 'sk_live_0123456789',
          settings,
          // As the function does: folders are left out of file names.
          samples: names.map((name) => sampleOf(wav(700), { name: name.slice(name.lastIndexOf('/') + 1) })),
          ...(subOrganizationId !== undefined && { subOrganizationId }),
        }),
        { timeoutSeconds: 3_600 },
      );
      await api.whenRequests(api.requests.length);
      return { outcome, request: api.requests.at(-1) };
    }

    it('is accepted, and every setting arrives', async () => {
      await fc.assert(
        fc.asyncProperty(validManifest, async ({ settings, files = ['one.wav'], subOrganizationId }) => {
          const { outcome, request } = await send(
            settings,
            files.map(inHeader).map((name) => `${name}x`),
            subOrganizationId,
          );
          expect(request).toMatchObject({ problems: [], complete: true });
          expect(outcome).toMatchObject({ kind: 'cloned', voices: [{ name: settings.name }] });
          const expected = fieldsOf(settings);
          expect(withNumbersOf(expected, request?.fields ?? [])).toEqual(expected);
          expect(request?.files.map(({ size, mimeType }) => [size, mimeType])).toEqual(
            files.map(() => [700, 'audio/wav']),
          );
          expect(request?.headers['x-sub-organization-id']).toBe(subOrganizationId);
        }),
        { numRuns: runs(60) },
      );
    });

    it('is accepted whatever its samples are called, unless the manifest is refused for it', async () => {
      const name = fc.oneof(
        sampleName,
        fc
          .array(
            fc.oneof(
              sampleName,
              fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCharCode(code)),
            ),
            {
              minLength: 1,
              maxLength: 4,
            },
          )
          .map((pieces) => pieces.join('')),
      );
      await fc.assert(
        fc.asyncProperty(name, async (file) => {
          const parsed = parseManifest(Buffer.from(JSON.stringify({ name: 'Alice', files: [file] })));
          const names = parsed.ok ? (parsed.manifest.files ?? []) : ['refused.wav'];
          const { outcome, request } = await send({ name: 'Alice' }, names);
          expect(request?.problems).toEqual([]);
          expect(outcome.kind).toBe('cloned');
        }),
        { numRuns: runs(60) },
      );
    });
  });
});
