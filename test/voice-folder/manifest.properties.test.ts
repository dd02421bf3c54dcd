import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneSettingsSchema, type Issue } from '../../shared/clone-settings.ts';
import { MAX_MANIFEST_BYTES, parseManifest, type ParsedManifest } from '../../voice-folder/parse-manifest.ts';
import {
  anyCharacter,
  hostileText,
  isReadExactly,
  unknownKey,
  validManifest,
} from '../support/arbitraries.ts';
import { runs } from '../support/runs.ts';

const fields = [...Object.keys(cloneSettingsSchema.shape), 'files', 'subOrganizationId', '$schema'];

const parseText = (text: string): ParsedManifest => parseManifest(Buffer.from(text));

const issuesIn = (parsed: ParsedManifest): Issue[] => (parsed.ok ? [] : parsed.issues);

/** Text that would help no one. */
function unclearIn(parsed: ParsedManifest): unknown[] {
  if (parsed.ok) return 'name' in parsed.manifest.settings ? [] : ['ok without a name'];
  if (parsed.issues.length === 0) return ['refused without a reason'];
  return parsed.issues.filter(
    ({ path, message }) =>
      typeof path !== 'string' || !/^(must|is) ./.test(message) || message.length >= 2_000,
  );
}

/** The places in messages that are not in the text, nor right after its end. */
function placesOutside(parsed: ParsedManifest, text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  return issuesIn(parsed).flatMap(({ message }) => {
    const [place, line, column] = /\(line (\d+) column (\d+)\)$/.exec(message) ?? [];
    if (place === undefined) return [];
    const length = lines[Number(line) - 1]?.length ?? -1;
    return Number(column) >= 1 && Number(column) <= length + 1 ? [] : [place];
  });
}

/** Any JSON value, with the numbers and keys that programs stumble over. */
const anyJson = fc
  .oneof(
    fc.json({ maxDepth: 4, stringUnit: 'binary' }),
    fc.constantFrom(
      '1e999',
      '-0',
      '5e-324',
      `1${'0'.repeat(400)}`,
      '"\\ud800"',
      '"\\u0000"',
      '"\\udc00\\ud800"',
    ),
  )
  .map(String)
  .filter(isReadExactly);

/** A key as JSON: a field that exists, one that does not, and those that are special to JavaScript. */
const anyKey = fc
  .oneof(fc.constantFrom(...fields), unknownKey(fields), fc.string({ unit: anyCharacter }))
  .map((key) => JSON.stringify(key))
  .filter(isReadExactly);

/** The text of a JSON object, keys in any order and perhaps repeated. */
const anyObject = fc
  .array(fc.tuple(anyKey, anyJson), { maxLength: 12 })
  .map((members) => `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`);

describe('any manifest is read or refused with a reason, and never throws', () => {
  it('of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(unclearIn(parseManifest(bytes))).toEqual([]);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('of any JSON', () => {
    fc.assert(
      fc.property(anyJson, (json) => {
        const parsed = parseText(json);
        expect(unclearIn(parsed)).toEqual([]);
        expect(parsed.ok).toBe(false); // It has no name.
      }),
      { numRuns: runs(300) },
    );
  });

  it('of any JSON object, whatever its keys, and each problem names its key', () => {
    fc.assert(
      fc.property(anyObject, (json) => {
        const parsed = parseText(json);
        expect(unclearIn(parsed)).toEqual([]);
        const keys = [...Object.keys(JSON.parse(json) as object), 'name'];
        for (const { path } of issuesIn(parsed)) {
          expect(
            keys.some((key) => path === key || path.startsWith(`${key}[`) || path.startsWith(`${key}.`)),
          ).toBe(true);
        }
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('of a good one with anything removed or inserted', () => {
    fc.assert(
      fc.property(
        validManifest,
        fc.nat(),
        fc.nat(20),
        fc.oneof(
          fc.string({ unit: anyCharacter, maxLength: 5 }),
          fc.constantFrom(',', '}', '[', '"', '\\', '\n', '\r'),
        ),
        ({ settings, ...more }, at, length, put) => {
          const text = JSON.stringify({ ...settings, ...more }, null, 2);
          const from = at % text.length;
          const changed = text.slice(0, from) + put + text.slice(from + length);
          const parsed = parseText(changed);
          expect(unclearIn(parsed)).toEqual([]);
          expect(placesOutside(parsed, changed.toWellFormed())).toEqual([]);
        },
      ),
      { numRuns: runs(700) },
    );
  });

  it('of text in another encoding, or with a byte order mark', () => {
    fc.assert(
      fc.property(validManifest, ({ settings, ...more }) => {
        const text = JSON.stringify({ ...settings, ...more });
        for (const encoding of ['utf16le', 'latin1'] as const) {
          expect(unclearIn(parseManifest(Buffer.from(text, encoding)))).toEqual([]);
          expect(unclearIn(parseManifest(Buffer.from(`\ufeff${text}`, encoding)))).toEqual([]);
        }
        expect(parseText(`\ufeff${text}`)).toEqual(parseText(text));
        expect(parseText(`\ufeff\ufeff${text}`).ok).toBe(false);
      }),
      { numRuns: runs(200) },
    );
  });

  it.each(['[', '{"a":', '{"name":[', '{"files":[{"x":', '[{"":'])(
    'of any number of %s that fit into a file, closed or not',
    (opening) => {
      fc.assert(
        fc.property(
          fc.oneof(fc.nat(2_000), fc.constant(Math.floor(MAX_MANIFEST_BYTES / (opening.length + 2)))),
          fc.boolean(),
          fc.constantFrom('', '0', 'x', '"', '\0'),
          (depth, closed, inside) => {
            const closing = opening
              .split('')
              .toReversed()
              .flatMap((sign) => ({ '[': ']', '{': '}' })[sign] ?? []);
            const text = opening.repeat(depth) + inside + (closed ? closing.join('').repeat(depth) : '');
            const parsed = parseText(text);
            expect(unclearIn(parsed)).toEqual([]);
            expect(placesOutside(parsed, text)).toEqual([]);
          },
        ),
        { numRuns: runs(12) },
      );
    },
  );
});

describe('a good manifest', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(validManifest, ({ settings, ...more }) => {
        const parsed = parseText(JSON.stringify({ ...settings, ...more }));
        expect(parsed).toStrictEqual({ ok: true, manifest: { settings, ...more } });
      }),
      { numRuns: runs(500) },
    );
  });

  it('means the same in any order, with any white space and any escapes', () => {
    const whiteSpace = fc.array(fc.constantFrom('', ' ', '\n', '\r\n', '\t', '\r', '    '), { minLength: 1 });
    fc.assert(
      fc.property(
        validManifest,
        fc.infiniteStream(fc.nat()),
        whiteSpace,
        fc.boolean(),
        (manifest, order, spaces, escape) => {
          const { settings, ...more } = manifest;
          const members = Object.entries({ ...settings, ...more, $schema: './manifest.schema.json' });
          const shuffled = members
            .map((member) => ({ member, rank: order.next().value }))
            .toSorted((a, b) => a.rank - b.rank)
            .map(({ member }) => member);
          const tokens = JSON.stringify(Object.fromEntries(shuffled)).match(
            /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g,
          );
          const text = (tokens ?? [])
            .map((token) => (escape && token.startsWith('"') ? escaped(token) : token))
            .map((token, index) => token + (spaces[index % spaces.length] ?? ''))
            .join('');
          expect(parseText(text)).toEqual({ ok: true, manifest });
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('with one more key is refused, and the key is named', () => {
    fc.assert(
      fc.property(validManifest, unknownKey(fields), anyJson, ({ settings, ...more }, key, value) => {
        const text = JSON.stringify({ ...settings, ...more });
        expect(issuesIn(parseText(`${text.slice(0, -1)},${JSON.stringify(key)}:${value}}`))).toEqual([
          { path: key, message: 'is not a known field', code: 'UNKNOWN_FIELD' },
        ]);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('the samples that a manifest names', () => {
  /** Names that try to lead elsewhere. */
  const anyName = fc.oneof(
    hostileText(),
    fc
      .array(fc.constantFrom('..', '.', '/', '\\', '', 'a', '%2e%2e', '%2F', '\u2024', '．', ' ', '...'), {
        maxLength: 8,
      })
      .map((pieces) => pieces.join('')),
  );

  it('never lie outside its folder', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const parsed = parseText(JSON.stringify({ name: 'Alice', files: [name] }));
        if (!parsed.ok) return;
        expect(name.split('/')).not.toEqual(expect.arrayContaining([expect.stringMatching(/^\.{0,2}$/)]));
        // However a client resolves the key: as a path, a URL, or a Windows path.
        for (const path of [name, name.replaceAll('\\', '/')]) {
          const { pathname } = new URL(
            path.split('/').map(encodeURIComponent).join('/'),
            'https://s3/voices/alice/',
          );
          expect(decodeURIComponent(pathname)).toBe(`/voices/alice/${path}`);
        }
      }),
      { numRuns: runs(1_000) },
    );
  });
});

/** The same JSON text with every character of it written as an escape. */
function escaped(json: string): string {
  const units = Array.from({ length: (JSON.parse(json) as string).length }, (_, index) =>
    (JSON.parse(json) as string).charCodeAt(index).toString(16).padStart(4, '0'),
  );
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}
