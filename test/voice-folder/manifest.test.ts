import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Issue } from '../../shared/clone-settings.ts';
import { locales } from '../../shared/locales.ts';
import { manifestPage } from '../../docs/write-schema.ts';
import { manifestJsonSchema } from '../../voice-folder/manifest-json-schema.ts';
import type { Manifest } from '../../voice-folder/manifest.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../../voice-folder/parse-manifest.ts';

const least = { name: 'Alice' };

/** What a manifest with these keys is read as. */
function manifestOf(keys: Record<string, unknown>): Manifest {
  const parsed = parseManifest(Buffer.from(JSON.stringify(keys)));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.manifest;
}

/** What is wrong with this manifest; bytes and texts are taken as they are. */
function issuesIn(manifest: object | string | Uint8Array): Issue[] {
  const bytes =
    manifest instanceof Uint8Array
      ? manifest
      : Buffer.from(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  const parsed = parseManifest(bytes);
  return parsed.ok ? [] : parsed.issues;
}

function pathsIn(manifest: object | string): string[] {
  return issuesIn(manifest).map(({ path }) => path);
}

/** `least` with a description that makes the file exactly that long. */
function manifestOfLength(bytes: number): Buffer {
  const empty = JSON.stringify({ ...least, description: '' });
  return Buffer.from(JSON.stringify({ ...least, description: 'x'.repeat(bytes - empty.length) }));
}

describe('a good manifest', () => {
  it('names any of the 64 locales', () => {
    expect(locales).toHaveLength(64);
    expect(new Set(locales).size).toBe(64);
    expect(manifestOf({ ...least, supportedLocales: locales }).settings.supportedLocales).toEqual(locales);
  });
});

describe('the file', () => {
  const text = '{ "name": "Zoë 😀!" }';

  it('is UTF-8, with or without byte order mark', () => {
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`)]) {
      expect(parseManifest(bytes)).toEqual({ ok: true, manifest: { settings: { name: 'Zoë 😀!' } } });
    }
  });

  it.each([
    ['Latin-1', Buffer.from('{ "name": "Zoë!!" }', 'latin1')],
    ['UTF-16 with byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['a cut character', Buffer.from(text).subarray(0, -6)],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ])('is refused as not UTF-8: %s', (_, bytes) => {
    expect(issuesIn(bytes)).toEqual([{ path: '', message: expect.stringContaining('UTF-8') }]);
  });

  it.each([
    ['a comma too many', '{\n  "name": "Alice",\n}', 3, 1],
    ['a comma missing', '{\n  "name": "Alice"\n  "speed": 0\n}', 3, 3],
    ['a key without quotes', '{\n  name: "Alice"\n}', 2, 3],
    ['something after the end', '{\n  "name": "Alice"\n}\nx', 4, 1],
    ['a value without quotes', '{\n  "name": Alice\n}', 2, 11],
    ['a file that stops', '{\n  "name": "Alice",', 2, 19],
    ['a value that is missing', '{\n  "name": ,\n  "speed": 0\n}', 2, 11],
    ['a number with a plus', '{\n  "name": "Alice",\n  "speed": +1\n}', 3, 12],
    ['a word of another language', '{\n  "name": "Alice",\n  "subAccounts": True\n}', 3, 18],
    ['a value without quotes in a text about a line', '{ "a line ": x }', 1, 14],
    ['a line break in a text', '{\n  "name": "Ali\nce"\n}', 2, 15],
  ])('is refused as not JSON, with line and column: %s', (_, wrong, line, column) => {
    const [issue, ...more] = issuesIn(wrong);
    expect(more).toEqual([]);
    expect(issue).toEqual({
      path: '',
      message: expect.stringMatching(/^is not valid JSON: /),
      code: 'NOT_JSON',
    });
    const [, foundLine, foundColumn] = /line (\d+),? column (\d+)/.exec(issue?.message ?? '') ?? [];
    expect(Number(foundLine)).toBe(line);
    // It may point at the last good or the first bad character.
    expect(Math.abs(Number(foundColumn) - column)).toBeLessThanOrEqual(1);
  });

  it('is refused as not JSON when it is empty', () => {
    expect(issuesIn('')).toEqual([
      { path: '', message: expect.stringMatching(/^is not valid JSON: /), code: 'NOT_JSON' },
    ]);
  });

  it.each(['null', '[]', '"Alice"', '5', 'true', '[{ "name": "Alice" }]'])(
    'is refused when it holds no object: %s',
    (wrong) => {
      expect(issuesIn(wrong)).toEqual([{ path: '', message: expect.stringContaining('JSON object') }]);
    },
  );

  it('may have 256 KiB, and not a byte more', () => {
    expect(MAX_MANIFEST_BYTES).toBe(262_144);
    expect(issuesIn(manifestOfLength(262_144))).toEqual([]);
    expect(issuesIn(manifestOfLength(262_145))).toEqual([
      { path: '', message: expect.stringContaining('256 KiB') },
    ]);
  });
});

describe('problems', () => {
  it('are reported all at once, each with its path', () => {
    const paths = pathsIn({
      name: 'Al',
      description: 5,
      providerType: 'elevenlabs',
      supportedLocales: ['en-US', 'en-UK', 7, 'en-US'],
      subAccounts: 'true',
      stability: 1.5,
      similarityBoost: '0.5',
      speed: -2,
      supportsAllLanguages: 1,
      files: ['../one.mp3', 'two.mp3', 'two.mp3', 4],
      subOrganizationId: 'a b',
      $schema: 1,
      stabillity: 0.5,
    });
    expect(paths.toSorted()).toEqual(
      [
        '$schema',
        'description',
        'files',
        'files[0]',
        'files[3]',
        'name',
        'providerType',
        'similarityBoost',
        'speed',
        'stabillity',
        'stability',
        'subAccounts',
        'subOrganizationId',
        'supportedLocales',
        'supportedLocales[1]',
        'supportedLocales[2]',
        'supportsAllLanguages',
      ].toSorted(),
    );
  });

  it('include a missing name', () => {
    expect(issuesIn({})).toEqual([{ path: 'name', message: 'is required' }]);
  });
});

describe('the name', () => {
  it.each(['Alice', 'Zoë W', '12345', 'a b c', '👩‍👩‍👧', '😀😀😀😀😀'])('may be "%s"', (name) => {
    expect(issuesIn({ name })).toEqual([]);
  });

  it.each(['', 'Al', 'Anna', '😀😀😀😀', '🇩🇪🇨🇭'])('must have five characters, unlike "%s"', (name) => {
    expect(issuesIn({ name })).toEqual([{ path: 'name', message: expect.stringContaining('5') }]);
  });

  it.each([null, 12_345, ['A', 'l', 'i', 'c', 'e'], { length: 5 }])('must be text, unlike %j', (name) => {
    expect(pathsIn({ name })).toEqual(['name']);
  });
});

describe('numbers', () => {
  const ranges: [string, number, number][] = [
    ['stability', 0, 1],
    ['similarityBoost', 0, 1],
    ['speed', -1, 1],
  ];

  it.each(ranges)('%s may not be less than %d, more than %d or something else', (field, lowest, highest) => {
    const bad = [lowest - 0.001, highest + 0.001, String(highest), null, true, [highest]];
    expect(bad.flatMap((value) => issuesIn({ ...least, [field]: value }))).toEqual(
      bad.map(() => ({ path: field, message: expect.stringContaining(`${lowest} to ${highest}`) })),
    );
    expect(pathsIn(`{ "name": "Alice", "${field}": 1e999 }`)).toEqual([field]);
  });
});

describe('locales', () => {
  it.each(['en', 'EN-us', 'en_US', 'de', ' en-US', '', 5, null])('%j is invalid', (locale) => {
    expect(issuesIn({ ...least, supportedLocales: ['en-GB', locale] })).toEqual([
      { path: 'supportedLocales[1]', message: expect.any(String) },
    ]);
  });

  it('may not repeat, and each duplicate is reported once', () => {
    expect(issuesIn({ ...least, supportedLocales: ['en-US', 'de-DE', 'en-US', 'en-US'] })).toEqual([
      { path: 'supportedLocales', message: expect.stringMatching(/^[^"]*"en-US"[^"]*$/) },
    ]);
  });

  it('are a list', () => {
    expect(pathsIn({ ...least, supportedLocales: 'en-US' })).toEqual(['supportedLocales']);
  });
});

describe('files', () => {
  it.each([
    'one.mp3',
    'takes/one.mp3',
    'a/b/c.wav',
    '..one.mp3',
    'one..mp3',
    '.one.mp3',
    '...',
    'größe.wav',
    '😀.mp3',
    'a b.mp3',
    '100%.mp3',
    '~/one.mp3',
    'C:one.mp3',
  ])('may name "%s"', (name) => {
    expect(manifestOf({ ...least, files: [name] }).files).toEqual([name]);
  });

  it.each([
    ['a leading slash', '/one.mp3'],
    ['the folder above', '../one.mp3'],
    ['the folder above, further on', 'takes/../../one.mp3'],
    ['the folder above at the end', 'takes/..'],
    ['the folder above alone', '..'],
    ['the folder itself', './one.mp3'],
    ['a backslash', 'takes\\one.mp3'],
    ['the folder above by backslash', '..\\one.mp3'],
    ['an empty segment', 'takes//one.mp3'],
    ['an empty last segment', 'takes/'],
    ['nothing', ''],
    ['a slash alone', '/'],
  ])('may not name %s', (_, name) => {
    expect(issuesIn({ ...least, files: ['good.mp3', name] })).toEqual([
      { path: 'files[1]', message: expect.stringMatching(/^must /) },
    ]);
  });

  it.each([5, null, {}, ['one.mp3']])('may not name %j', (name) => {
    expect(pathsIn({ ...least, files: [name] })).toEqual(['files[0]']);
  });

  it('are at least one', () => {
    expect(issuesIn({ ...least, files: [] })).toEqual([
      { path: 'files', message: expect.stringContaining('at least one') },
    ]);
  });

  it('are not repeated', () => {
    expect(issuesIn({ ...least, files: ['a.mp3', 'b.mp3', 'a.mp3'] })).toEqual([
      { path: 'files', message: expect.stringContaining('"a.mp3"') },
    ]);
    expect(issuesIn({ ...least, files: ['a.mp3', 'A.mp3'] })).toEqual([]);
  });

  it('are a list', () => {
    expect(pathsIn({ ...least, files: 'one.mp3' })).toEqual(['files']);
    expect(pathsIn({ ...least, files: null })).toEqual(['files']);
  });
});

describe('the sub-organization', () => {
  it.each(['a', '3fa85f64-5717-4562-b3fc-2c963f66afa6', '~!#'])('may be "%s"', (subOrganizationId) => {
    expect(manifestOf({ ...least, subOrganizationId }).subOrganizationId).toBe(subOrganizationId);
  });

  it.each(['', ' ', 'a b', 'a\r\nx-evil: 1', 'a\n', 'größe', '\u007f', 5, null])(
    'must fit into a header, unlike %j',
    (subOrganizationId) => {
      expect(pathsIn({ ...least, subOrganizationId })).toEqual(['subOrganizationId']);
    },
  );
});

it('manifest.schema.json matches the rules; `npm run schema` updates it', () => {
  const file = readFileSync(new URL('../../manifest.schema.json', import.meta.url), 'utf8');
  expect(file).toBe(manifestJsonSchema());
});

it('docs/manifest.md has every field and locale; `npm run schema` updates it', () => {
  const file = readFileSync(new URL('../../docs/manifest.md', import.meta.url), 'utf8');
  expect(file).toBe(manifestPage());
  expect(file).toMatch(/^\| `similarityBoost` \| 0 to 1 \| Similarity/m);
});
