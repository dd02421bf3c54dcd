import * as fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiMessage } from '../../shared/api-message.ts';
import { buildCloneRequest } from '../../shared/clone-request.ts';
import type { CloneOutcome } from '../../shared/outcome.ts';
import { parseRetryAfter } from '../../shared/retry-after.ts';
import { sendCloneRequest, type Stopped } from '../../functions/clone-voice/send/send-clone-request.ts';
import { anyCharacter, hostileText, unknownKey } from '../support/arbitraries.ts';
import { sampleOf } from '../support/samples.ts';
import { isWhole, type RawServer, startRawServer } from '../support/servers.ts';
import { wav } from '../support/wav.ts';
import { runs } from '../support/runs.ts';

/** One server for all: reads a whole request, then writes these pieces and closes. */
let api: RawServer;
let answer: readonly (string | Uint8Array)[] = [];

beforeAll(async () => {
  api = await startRawServer((socket) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (!isWhole(Buffer.concat(chunks))) return;
      socket.setNoDelay();
      void (async () => {
        for (const piece of answer) {
          if (socket.writable) socket.write(piece);
          await turn();
        }
        socket.end();
      })();
    });
    socket.resume();
  });
});
afterAll(() => api.close());

/** The outcome of a good request with this answer. */
function outcomeOf(
  pieces: readonly (string | Uint8Array)[],
  apiKey = 'sk_live_0123456789',
): Promise<CloneOutcome | Stopped> {
  answer = pieces;
  const request = buildCloneRequest({
    apiUrl: api.url,
    apiKey,
    settings: { name: 'Alice Smith' },
    samples: [sampleOf(wav(600))],
  });
  return sendCloneRequest(request, { timeoutSeconds: 3_600 });
}

/** How the end of a body is marked. */
type Framing = 'length' | 'chunked' | 'close';

/** The bytes of an answer, cut into pieces. */
function http(
  status: number | string,
  body: Uint8Array | string,
  {
    framing = 'length',
    cuts = [],
    headers = '',
  }: { framing?: Framing; cuts?: number[]; headers?: string } = {},
): Buffer[] {
  const bytes = Buffer.from(body as string);
  const pieces = cut(bytes, cuts);
  const head = `HTTP/1.1 ${status} Whatever\r\n${headers}`;
  switch (framing) {
    case 'length':
      return [Buffer.from(`${head}Content-Length: ${bytes.length}\r\n\r\n`), ...pieces];
    case 'close':
      return [Buffer.from(`${head}Connection: close\r\n\r\n`), ...pieces];
    case 'chunked':
      return [
        Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`),
        ...pieces.map((piece) =>
          Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
        ),
        Buffer.from('0\r\n\r\n'),
      ];
  }
}

/** Never an empty piece: in chunked coding that is the end. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return places
    .map((place, index) => bytes.subarray(place, places[index + 1] ?? place))
    .filter(({ length }) => length > 0);
}

/** Also deeper than recursion goes. */
const anyDepth = fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.constant(30_000));

const framing = fc.record(
  {
    framing: fc.constantFrom<Framing>('length', 'chunked', 'close'),
    cuts: fc.array(fc.nat(), { maxLength: 4 }),
  },
  { noNullPrototype: true },
);

const jsonText = fc.json({ maxDepth: 3, stringUnit: 'binary' }).map(String);

const documentedFields = [
  'id',
  'voiceId',
  'name',
  'isMultilingual',
  'supportedLocales',
  'ttsClient',
] as const;

/** JSON whose keys need no escapes: see `isReadExactly`. */
const plainJson = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('\\'));

/** A voice as the API documents it, with fields that it does not. */
const voice = fc
  .tuple(
    fc.dictionary(
      // zod leaves out `__proto__`, which changes no voice.
      unknownKey(['__proto__', ...documentedFields, 'organizationId', 'settings']).filter(
        (key) => JSON.stringify(key) === `"${key}"`,
      ),
      plainJson,
      { maxKeys: 3, noNullPrototype: true },
    ),
    fc.record(
      {
        id: hostileText().filter((id) => id !== ''),
        voiceId: hostileText(),
        name: hostileText(),
        isMultilingual: fc.boolean(),
        supportedLocales: fc.array(hostileText(), { maxLength: 3 }),
        ttsClient: hostileText(),
        organizationId: fc.option(hostileText()),
        settings: fc.option(fc.dictionary(fc.constantFrom('speed', 'stability'), plainJson)),
      },
      {
        requiredKeys: [...documentedFields],
        noNullPrototype: true,
      },
    ),
  )
  .map(([others, documented]) => ({ ...others, ...documented }));

const voices = fc.array(voice, { minLength: 1, maxLength: 3 });

/** Voices with one thing wrong with them. */
const almostVoices = fc
  .tuple(voices, fc.constantFrom('id', 'name'))
  .map(([good, field]) => good.map((each) => ({ ...each, [field]: null })));

const anyBody = fc.oneof(
  // No voices, and values that cannot become text.
  fc.constantFrom(
    '',
    '[]',
    '[[]]',
    '{"message":{"toString":1,"valueOf":1}}',
    '{"message":[{"toString":1,"valueOf":1}]}',
  ),
  fc.uint8Array({ maxLength: 300 }),
  jsonText,
  hostileText(),
  voices.map((each) => JSON.stringify(each)),
  almostVoices.map((each) => JSON.stringify(each)),
  fc
    .record({
      message: fc.oneof(hostileText(), fc.array(hostileText()), fc.jsonValue()),
      error: fc.jsonValue(),
    })
    .map((error) => JSON.stringify(error)),
);

/** All texts anywhere in it, field names too, unescaped. */
function textsIn(value: unknown): string[] {
  const texts: string[] = [];
  for (const left = [value]; left.length > 0;) {
    const each = left.pop();
    if (typeof each === 'string') texts.push(each);
    else if (typeof each === 'object' && each !== null)
      left.push(...Object.keys(each), ...Object.values(each));
  }
  return texts;
}

/** What every outcome promises: a documented kind, and texts of bounded length. */
function isDocumented(outcome: CloneOutcome | Stopped): boolean {
  if (outcome.kind === 'cloned') return outcome.voices.length > 0;
  const { message } = outcome;
  if (message === '' || message.length > 501 || /[\r\n]/.test(message)) return false;
  switch (outcome.kind) {
    case 'stopped':
      return false;
    case 'rejected':
      return true;
    case 'unknown':
      return (
        (outcome.body ?? '').length <= 2_001 &&
        ['closed', 'server-error', 'invalid-response'].includes(outcome.reason)
      );
    case 'notSent': {
      const wait = 'retryAfterSeconds' in outcome ? outcome.retryAfterSeconds : undefined;
      return outcome.reason === 'busy' && isWait(wait);
    }
  }
}

function isWait(seconds: number | undefined): boolean {
  return seconds === undefined || (Number.isSafeInteger(seconds) && seconds >= 0);
}

/** The registered statuses that say that nothing was done. */
const refusals = new Set([
  300, 301, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 407, 410, 411, 412, 413, 414, 415, 416, 417,
  421, 422, 423, 425, 426, 428, 431, 451,
]);

/** What a status says about whether there may be a voice; the whole request had arrived. */
function kindsFor(status: number): CloneOutcome['kind'][] {
  if (status >= 200 && status < 300) return ['cloned', 'unknown'];
  if (status === 429) return ['notSent'];
  return refusals.has(status) ? ['rejected'] : ['unknown'];
}

const realStatus = fc.oneof(
  fc.constantFrom(200, 201, 204, 301, 304, 307, 400, 401, 403, 408, 413, 422, 429, 500, 502, 503, 504),
  fc.integer({ min: 200, max: 599 }),
);

describe('whatever the API answers, the outcome follows the status, without an exception', () => {
  it('with any status and any body, in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(realStatus, anyBody, framing, async (status, body, how) => {
        const outcome = await outcomeOf(http(status, body, how));
        expect(outcome).toSatisfy(isDocumented);
        expect(kindsFor(status)).toContain(outcome.kind);
        expect(outcome).toMatchObject({ status });
      }),
      { numRuns: runs(400) },
    );
  });

  it('with any headers', async () => {
    const token = fc.oneof(
      fc.constantFrom(
        'Content-Length',
        'Transfer-Encoding',
        'Location',
        'Retry-After',
        'Content-Encoding',
        'Connection',
        'Upgrade',
        'Trailer',
      ),
      fc.string({ unit: fc.constantFrom(...'abcXYZ-_09!#'.split('')), minLength: 1, maxLength: 12 }),
    );
    const value = fc.oneof(
      fc.constantFrom(
        '0',
        '-1',
        '7',
        '99999999999999999999',
        'chunked',
        'gzip',
        'close',
        'upgrade',
        'http://127.0.0.1:1/',
        '120',
        'Sun, 06 Nov 1994 08:49:37 GMT',
      ),
      fc.string({ unit: anyCharacter, maxLength: 20 }),
    );
    const headers = fc
      .array(fc.tuple(token, value), { maxLength: 5 })
      .map((lines) => lines.map((line) => `${line.join(': ')}\r\n`).join(''));
    await fc.assert(
      fc.asyncProperty(realStatus, headers, anyBody, framing, async (status, lines, body, how) => {
        const outcome = await outcomeOf(http(status, body, { ...how, headers: lines }));
        expect(outcome).toSatisfy(isDocumented);
        // Headers can make the answer invalid; then the outcome is unknown.
        expect([...kindsFor(status), 'unknown']).toContain(outcome.kind);
      }),
      { numRuns: runs(400) },
    );
  });

  it('that is not HTTP, or breaks off: unknown', async () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      hostileText().map((text) => `HTTP/1.1 ${text}`),
    );
    const whole = voices.map((each) => Buffer.concat(http(201, JSON.stringify(each))));
    const begun = fc
      .tuple(whole, fc.nat())
      .map(([bytes, length]) => bytes.subarray(0, length % bytes.length));
    await fc.assert(
      fc.asyncProperty(fc.oneof(garbage, begun), async (bytes) => {
        const outcome = await outcomeOf([bytes]);
        expect(outcome).toSatisfy(isDocumented);
        expect(outcome).toMatchObject({ kind: 'unknown', reason: 'closed' });
      }),
      { numRuns: runs(200) },
    );
  });

  it('with a status that HTTP does not define: unknown (RFC 9110, section 15)', async () => {
    const strange = fc.oneof(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 600, max: 9_999 }));
    await fc.assert(
      fc.asyncProperty(strange, anyBody, async (status, body) => {
        const outcome = await outcomeOf(http(String(status).padStart(3, '0'), body));
        expect(outcome).toSatisfy(isDocumented);
        expect(outcome.kind).toBe('unknown');
      }),
      { numRuns: runs(150) },
    );
  });

  it('with voices: exactly these, with every field', async () => {
    await fc.assert(
      fc.asyncProperty(
        voices,
        fc.integer({ min: 200, max: 299 }).filter((status) => status !== 204),
        framing,
        async (made, status, how) => {
          const body = JSON.stringify(made);
          const outcome = await outcomeOf(http(status, body, how));
          expect(outcome).toEqual({ kind: 'cloned', status, voices: JSON.parse(body) });
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('with voices between what gateways put first and anything: exactly these', async () => {
    const first = fc.constantFrom('', '\ufeff\ufeff', `)]}'\n`, `)]}',\n`, '\0', '\r\n');
    await fc.assert(
      fc.asyncProperty(voices, first, hostileText(), framing, async (made, before, after, how) => {
        const body = JSON.stringify(made);
        const outcome = await outcomeOf(http(201, `${before}${body}${after}`, how));
        expect(outcome).toEqual({ kind: 'cloned', status: 201, voices: JSON.parse(body) });
      }),
      { numRuns: runs(200) },
    );
  });

  it('with voices that are cut off before what proxies append: unknown', async () => {
    const appended = fc.constantFrom('', '\n{"took":12}\n', '<!-- [cached] -->', '\0');
    await fc.assert(
      fc.asyncProperty(voices, fc.nat(), appended, framing, async (made, length, after, how) => {
        const body = JSON.stringify(made);
        const outcome = await outcomeOf(http(201, `${body.slice(0, length % body.length)}${after}`, how));
        expect(outcome).toMatchObject({ kind: 'unknown', reason: 'invalid-response', status: 201 });
      }),
      { numRuns: runs(100) },
    );
  });

  it('with voices that lack something: unknown, never no voice', async () => {
    await fc.assert(
      fc.asyncProperty(almostVoices, framing, async (made, how) => {
        const outcome = await outcomeOf(http(201, JSON.stringify(made), how));
        expect(outcome).toMatchObject({ kind: 'unknown', reason: 'invalid-response', status: 201 });
      }),
      { numRuns: runs(100) },
    );
  });

  it('nested arbitrarily deep: the outcome can be serialized', async () => {
    const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(200, 201, 400, 500), anyDepth, voice, async (status, depth, made) => {
        const inside = JSON.stringify(made).replace(/\}$/, `,"deep":${deep(depth)}}`);
        for (const body of [deep(depth), `[${inside}]`, inside]) {
          const outcome = await outcomeOf(http(status, body));
          expect(kindsFor(status)).toContain(outcome.kind);
          expect(() => JSON.stringify(outcome)).not.toThrow();
        }
      }),
      { numRuns: runs(20) },
    );
  });
});

describe('the API key is in no outcome', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const keyOf = (signs: string) =>
    fc.string({ unit: fc.constantFrom(...`${letters}${signs}`.split('')), minLength: 12, maxLength: 40 });
  const usualKey = keyOf('-_.~');
  /** Characters that JSON, or some writers of it, escape. */
  const signKey = fc
    .tuple(keyOf('-_.~/+='), fc.constantFrom('/', '+', '='), keyOf('-_.~/+='))
    .map((pieces) => pieces.join(''));
  const quoteKey = fc
    .tuple(keyOf(''), fc.constantFrom('"', '\\'), keyOf(''))
    .map((pieces) => pieces.join(''));
  const anyApiKey = fc.oneof(usualKey, signKey, quoteKey);

  /** How JSON may write a text; all mean the same. */
  const writings: ((text: string) => string)[] = [
    (text) => JSON.stringify(text).slice(1, -1),
    (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
    (text) => unicode(text, (code) => code.toString(16)),
    (text) => unicode(text, (code) => code.toString(16).toUpperCase()),
    (text) =>
      JSON.stringify(text)
        .slice(1, -1)
        .replaceAll(/[/+=]/g, (sign) => unicode(sign, (code) => code.toString(16))),
  ];
  const writing = fc.constantFrom(...writings);
  const anyStatus = fc.oneof(realStatus, fc.constantFrom(200, 400, 401));

  function unicode(text: string, hex: (code: number) => string): string {
    return Array.from(text, (sign) => `\\u${hex(sign.charCodeAt(0)).padStart(4, '0')}`).join('');
  }

  /** The texts of the outcome that show the key, as it is or as JSON may write it. */
  async function shown(key: string, pieces: readonly (string | Uint8Array)[]): Promise<string[]> {
    const outcome = await outcomeOf(pieces, key);
    const forms = [key, ...writings.map((write) => write(key))];
    return textsIn(outcome).filter((text) => forms.some((form) => text.includes(form)));
  }

  it('when the answer quotes it as it is, anywhere, cut into any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyApiKey,
        anyStatus,
        hostileText(),
        hostileText(),
        framing,
        async (key, status, before, after, how) => {
          expect(await shown(key, http(status, `${before}${key}${after}${key}`, how))).toEqual([]);
        },
      ),
      { numRuns: runs(150) },
    );
  });

  it('when JSON quotes it in a value, however it is escaped', async () => {
    const quoting = fc.constantFrom<(json: string) => string>(
      (text) => `{"statusCode":401,"message":"Invalid key ${text}!"}`,
      (text) => `{"message":["${text}","x ${text}"],"error":"${text}"}`,
      (text) => `{"error":"${text}"}`,
      (text) => `"${text}"`,
      // As the name of a field, and in what is no JSON.
      (text) => `{"message":"x","keys":{"${text}":"${text}"}}`,
      (text) => `{"message":"Invalid key ${text}`,
      (text) => `<pre>{"key":"${text}"}</pre>`,
      (text) =>
        `[{"id":"1","voiceId":"v","name":"${text}","isMultilingual":true,"supportedLocales":["${text}"],"ttsClient":"x","settings":{"a":["${text}"]},"${text}":1}]`,
    );
    await fc.assert(
      fc.asyncProperty(
        anyApiKey,
        anyStatus,
        writing,
        quoting,
        framing,
        async (key, status, write, quote, how) => {
          expect(await shown(key, http(status, quote(write(key)), how))).toEqual([]);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('when URLs, HTML, JSON or Base64 quote it or a part of it, in each other too', async () => {
    const entities = (text: string, toText: (code: number) => string) =>
      Array.from(text, (sign) => `&#${toText(sign.charCodeAt(0))};`).join('');
    const escapes: ((text: string) => string)[] = [
      (text) => text,
      encodeURIComponent,
      (text) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
      (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;'),
      (text) => entities(text, String),
      (text) => entities(text, (code) => `x${code.toString(16).toUpperCase()}`),
      ...writings,
    ];
    const encodings = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => Buffer.from(text).toString('base64'),
      (text) => Buffer.from(`user:${text}`).toString('base64'),
      (text) => Buffer.from(`"${text}" was wrong`).toString('base64url'),
    );
    const escaping = fc.constantFrom(...escapes);
    const part = fc
      .tuple(anyApiKey, fc.nat(), fc.nat())
      .map(([key, from, length]) => {
        const start = Math.max(0, Math.min(from % key.length, key.length - 16));
        return [key, key.slice(start, start + 16 + (length % key.length))] as const;
      })
      // A last backslash may stay: alone, it reveals nothing.
      .filter(([key, quoted]) => quoted === key || !quoted.endsWith('\\'));
    await fc.assert(
      fc.asyncProperty(part, encodings, escaping, escaping, async ([key, quoted], encode, first, second) => {
        const written = second(first(encode(quoted)));
        const outcome = await outcomeOf(http(400, `Invalid key ${written} !`), key);
        expect(outcome).toMatchObject({ kind: 'rejected', message: 'Invalid key [API key] !' });
      }),
      { numRuns: runs(600) },
    );
  });

  const base64Key = 'sk_live_0123456789abcdefghijklmnop';
  it.for<[what: string, body: string, key: string]>([
    ['backslashes', '\\'.repeat(500_000), 'a'.repeat(1_500)],
    ['backslashes, as the key has', '\\'.repeat(500_000), '\\'.repeat(900)],
    ['almost the key, again and again', `${'a'.repeat(1_499)}b`.repeat(300), 'a'.repeat(1_500)],
    ['percent signs in percent-encoding', '%25'.repeat(200_000), '%'.repeat(900)],
    [
      'Base64 of it, again and again',
      `${Buffer.from(base64Key).toString('base64').slice(0, 20)}-`.repeat(40_000),
      base64Key,
    ],
    ['character references', '&amp;'.repeat(100_000), `${'&amp;'.repeat(200)}x`],
  ])('and finding it does not take long: %s', async ([_what, body, key]) => {
    const outcome = await outcomeOf(http(400, body), key);
    expect(outcome.kind).toBe('rejected');
  });

  it('when JSON quotes it beside something that is nested too deep to walk through', async () => {
    await fc.assert(
      fc.asyncProperty(anyApiKey, anyStatus, writing, anyDepth, async (key, status, write, depth) => {
        const deep = '['.repeat(depth) + ']'.repeat(depth);
        expect(
          await shown(key, http(status, `{"message":"Invalid key ${write(key)}","deep":${deep}}`)),
        ).toEqual([]);
      }),
      { numRuns: runs(20) },
    );
  });

  it('when it is in the head of an answer, or in what is not HTTP', async () => {
    await fc.assert(
      fc.asyncProperty(usualKey, realStatus, async (key, status) => {
        for (const pieces of [
          http(status, 'x', { headers: `X-Key: ${key}\r\n` }),
          http(status, 'x', { headers: `Retry-After: ${key}\r\n` }),
          http(status, 'x', { headers: `${key} \u0000: ${key}\r\n` }),
          [`HTTP/1.1 ${status} ${key}\r\nContent-Length: 0\r\n\r\n`],
          [`HTTP/1.1 ${key}\r\n\r\n`],
          [key],
        ]) {
          expect(await shown(key, pieces)).toEqual([]);
        }
      }),
      { numRuns: runs(30) },
    );
  });

  it('nor is most of it, when the answer breaks off in the middle of it', async () => {
    await fc.assert(
      fc.asyncProperty(usualKey, anyStatus, fc.nat(), async (key, status, pick) => {
        const part = key.slice(0, 4 + (pick % (key.length - 4)));
        const whole = http(status, `Invalid key ${key}`);
        const broken = Buffer.concat(whole).subarray(0, -(key.length - part.length));
        const outcome = await outcomeOf([broken], key);
        expect(textsIn(outcome).filter((text) => text.includes(part))).toEqual([]);
      }),
      { numRuns: runs(80) },
    );
  });
});

describe('the message of an API error', () => {
  it('of any text is one line of at most 500 characters', () => {
    const anyText = fc.oneof(
      hostileText(),
      // Shrinking a long text character by character would take minutes.
      fc.noShrink(fc.string({ unit: anyCharacter, maxLength: 2_000, size: 'max' })),
      jsonText,
    );
    fc.assert(
      fc.property(anyText, (body) => {
        const message = apiMessage(body);
        expect(message.length).toBeLessThanOrEqual(501);
        expect(message).toBe(message.trim().replaceAll(/\s+/g, ' '));
        expect(message.isWellFormed() || !JSON.stringify(body).isWellFormed()).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  it('of NestJS is what it says, one text or several', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'Ö', '😀', '"', '.'), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 10 }), (texts) => {
        expect(apiMessage(JSON.stringify({ message: texts, error: 'x' }))).toBe(texts.join('; '));
        expect(apiMessage(JSON.stringify({ message: texts[0], error: 'x' }))).toBe(texts[0]);
        expect(apiMessage(JSON.stringify({ error: texts[0] }))).toBe(texts[0]);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('Retry-After', () => {
  const now = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });

  it('of any text is a number of seconds from 0 on, or nothing', () => {
    const pieces = [
      'Mon',
      'Sunday',
      ', ',
      ' ',
      '06',
      '-',
      'Nov',
      '94',
      '275760',
      '08:49:37',
      'GMT',
      '+',
      '1e3',
      '٣',
      '\u00a0',
      '0x',
    ];
    const anyText = fc.oneof(
      hostileText(),
      fc.array(fc.constantFrom(...pieces), { maxLength: 10 }).map((each) => each.join('')),
      fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String),
    );
    fc.assert(
      fc.property(anyText, now, (value, at) => {
        expect(parseRetryAfter(value, at)).toSatisfy(isWait);
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('of a number is that number, of a date the seconds until then', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), now, now, (seconds, at, until) => {
        expect(parseRetryAfter(String(seconds), at)).toBe(seconds);
        const wholeSecond = Math.floor(until.getTime() / 1000) * 1000;
        const wait = Math.ceil((wholeSecond - at.getTime()) / 1000);
        expect(parseRetryAfter(until.toUTCString(), at)).toBe(Math.max(0, wait));
      }),
      { numRuns: runs(500) },
    );
  });
});
