import * as fc from 'fast-check';
import { locales } from '../../shared/locales.ts';

/** How many code points are halves of characters. */
const SURROGATES = 0x800;

const hostilePieces = [
  '"',
  '\\"',
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '%',
  '%22',
  '%0D%0A',
  '+',
  ';',
  '=',
  '\\',
  '<',
  '&',
  '__proto__',
  '😀',
  '👩‍👩‍👧',
  'Zoë'.normalize('NFD'),
  'קול',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '; filename="x"',
  '--',
  '\r\n--',
  '\r\n--callers-voice-clone-',
  '\r\n--callers-voice-clone---\r\n',
  '\r\nContent-Disposition: form-data; name="name"\r\n\r\nevil',
];

/**
 * Any character of Unicode. fast-check's own unit `binary` is the same, but each worker takes a second to tabulate all of
 * its characters.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .nat(0x10ffff - SURROGATES)
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + SURROGATES), indexOf);

/** Inverts the above for strings of fast-check's own, such as `__proto__`. */
function indexOf(character: unknown): number {
  const code = typeof character === 'string' ? character.codePointAt(0) : undefined;
  if (code === undefined || String.fromCodePoint(code) !== character || (code >= 0xd800 && code < 0xe000))
    throw new Error('not one character');
  return code < 0xd800 ? code : code - SURROGATES;
}

/** Text with special meaning in multipart, JSON, URLs and headers, mixed with random text. */
export function hostileText(constraints: fc.ArrayConstraints = {}): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.string({ unit: anyCharacter, maxLength: 8 }), fc.constantFrom(...hostilePieces)), {
      maxLength: 6,
      ...constraints,
    })
    .map((pieces) => pieces.join(''));
}

/** Any combination of the clone settings that the documentation allows. */
const validSettings = fc.record(
  {
    name: hostileText().map((text) =>
      /[^\s\p{Cf}]/u.test(text) && Array.from(text).length >= 5 ? text : `${text}Alice`,
    ),
    description: hostileText(),
    providerType: fc.constantFrom('ELEVENLABS', 'CARTESIA', 'GOOGLE_CLOUD'),
    supportedLocales: fc.uniqueArray(fc.constantFrom(...locales), { maxLength: locales.length }),
    subAccounts: fc.boolean(),
    stability: numberFrom(0, 1),
    similarityBoost: numberFrom(0, 1),
    speed: numberFrom(-1, 1),
    supportsAllLanguages: fc.boolean(),
  },
  { requiredKeys: ['name'], noNullPrototype: true },
);

/** `JSON.stringify` writes negative zero as 0. */
function numberFrom(min: number, max: number): fc.Arbitrary<number> {
  return fc.double({ min, max, noNaN: true }).map((number) => number + 0);
}

/** Names of samples in the folder or a subfolder, as people name files: without control characters. */
export const sampleName = fc
  .array(
    hostileText({ minLength: 1 }).map((text) => {
      // oxlint-disable-next-line no-control-regex -- removes control characters
      const segment = text.replaceAll(/[/\\\x00-\x1f\x7f]/g, '');
      return /^\.{0,2}$/.test(segment) ? `${segment}a.mp3` : segment;
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((segments) => segments.join('/'));

/** What the documentation allows in a `manifest.json`. */
export const validManifest = fc
  .tuple(
    validSettings,
    fc.record(
      {
        files: fc.uniqueArray(sampleName, { minLength: 1, maxLength: 4 }),
        subOrganizationId: fc.string({
          unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
          minLength: 1,
          maxLength: 40,
        }),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  )
  .map(([settings, more]) => ({ settings, ...more }));

/**
 * Whether no key in the JSON contains a backslash. `JSON.parse` of Node 24.21 misreads keys after it has seen one that
 * does: after `{"a":1,"\\\\":1}`, it reads the second key of `{"a":1,"\\n":1}` as a backslash, so a test cannot compare
 * what was read with what was written. Our fields are not affected: a misread key always contains a backslash.
 */
export function isReadExactly(json: string): boolean {
  return !json.includes('\\\\');
}

/** A key of a JSON object that the schema does not know. */
export function unknownKey(known: readonly string[]): fc.Arbitrary<string> {
  return fc
    .oneof(
      hostileText(),
      fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'then', ''),
    )
    .filter((key) => !known.includes(key) && isReadExactly(JSON.stringify(key)));
}
