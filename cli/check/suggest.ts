import { distance } from 'fastest-levenshtein';
import { locales } from '../../shared/locales.ts';
import { manifestSchema } from '../../voice-folder/manifest.ts';

const fields = manifestSchema.shape;

/**
 * Suggests a correction for a value in the manifest, as JSON text; undefined if there is none. Suggests only
 * values that the manifest's schema accepts.
 *
 * @param path of the value, such as `supportedLocales[1]`
 * @param written the value's JSON text
 */
export function suggestValue(
  path: string,
  written: string,
  fileNames: readonly string[],
): string | undefined {
  const [field = '', index] = path.split(/[[\].]/);
  if (!isField(field)) return undefined;
  const value: unknown = JSON.parse(written);
  const isItem = index !== undefined;
  const takes = (candidate: unknown) => fields[field].safeParse(isItem ? [candidate] : candidate).success;
  for (const candidate of candidates(field, value, fileNames)) {
    if (candidate !== undefined && takes(candidate)) return JSON.stringify(candidate);
  }
  return field === 'supportedLocales' && typeof value === 'string' ? ofSameLanguage(value) : undefined;
}

/**
 * Names the characters in which a suggestion differs from what was written, if they look alike: macOS puts U+202F before
 * "AM". Undefined if people see the difference.
 *
 * @returns the rest of a sentence
 */
export function lookAlike(written: string, suggested: string): string | undefined {
  const looks = (text: string) =>
    text.normalize('NFKC').replaceAll(/[\s\p{Pd}]/gu, (each) => (/\s/.test(each) ? ' ' : '-'));
  const [is, should] = [Array.from(written.normalize()), Array.from(suggested.normalize())];
  if (looks(written) !== looks(suggested) || is.length !== should.length) return undefined;
  const at = is.findIndex((character, index) => character !== should[index]);
  if (at < 0) return undefined;
  return `has ${codePoint(is[at])} where the right one has ${codePoint(should[at])}, which looks the same`;
}

function codePoint(character = ''): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Suggests a manifest field for a misspelled one. */
export function suggestField(written: string): string | undefined {
  return meantWord(written, Object.keys(fields));
}

/** Suggests a file for a misspelled name. */
export function suggestFile(written: string, names: readonly string[]): string | undefined {
  const stem = (name: string) => loose(name.replace(/\.[^./]*$/, ''));
  return (
    names.find((name) => loose(name) === loose(written)) ??
    names.find((name) => stem(name) === stem(written)) ??
    nearest(written, names, Math.round(stem(written).length / 3))
  );
}

/**
 * Finds a word that differs only in case and punctuation, has this prefix or suffix, or differs in few
 * characters.
 */
function meantWord(written: string, from: readonly string[]): string | undefined {
  const word = loose(written);
  return (
    from.find((candidate) => loose(candidate) === word) ??
    (word.length > 4
      ? from.find((candidate) => loose(candidate).startsWith(word) || loose(candidate).endsWith(word))
      : undefined) ??
    nearest(written, from, Math.ceil(word.length / 3))
  );
}

function nearest(written: string, from: readonly string[], maximum: number): string | undefined {
  const [first] = from
    .map((candidate) => ({ candidate, far: distance(loose(candidate), loose(written)) }))
    .toSorted((a, b) => a.far - b.far);
  return first && first.far <= maximum ? first.candidate : undefined;
}

function* candidates(field: keyof typeof fields, value: unknown, fileNames: readonly string[]) {
  if (typeof value !== 'string') return;
  if (field === 'files') {
    const inside = value.replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
    if (fileNames.includes(inside)) yield inside;
    yield suggestFile(value.slice(value.search(/[^/\\]*$/)), fileNames);
  }
  // A value in superfluous quotes.
  yield parsed(value);
  if (field === 'providerType') yield meantWord(value, fields.providerType.def.innerType.options);
  if (field === 'supportedLocales') {
    const written = [value, canonical(value)].map(loose);
    const locale = locales.find((each) => written.includes(loose(each)));
    yield locale;
    // A single-item list without its brackets.
    if (locale) yield [locale];
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.toLowerCase());
  } catch {
    return undefined;
  }
}

/**
 * Suggests all locales of the language: `en-UK` is closest to `en-US` but means `en-GB`, so a person has to
 * choose.
 */
function ofSameLanguage(written: string): string | undefined {
  const [language = ''] = canonical(written).toLowerCase().split(/[-_]/);
  const known = locales.filter((each) => each.startsWith(`${language}-`));
  if (known.length > 0) return known.map((each) => JSON.stringify(each)).join(' or ');
  const name = nameOf(language);
  return name === undefined ? undefined : `leave it out: Callers documents no locale for ${name}`;
}

/** The current form of an outdated language or region: `iw-IL` is `he-IL`, `tl-PH` is `fil-PH`, `en-UK` is `en-GB`. */
function canonical(written: string): string {
  try {
    return Intl.getCanonicalLocales(written.trim().replaceAll(/[_\s\p{Pd}]/gu, '-'))[0] ?? written;
  } catch {
    return written;
  }
}

/** The English name of a language; undefined if it has none. */
function nameOf(language: string): string | undefined {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' }).of(language);
  } catch {
    return undefined;
  }
}

function isField(name: string): name is keyof typeof fields {
  return Object.hasOwn(fields, name);
}

/** Normalizes what people mix up: case, and `_`, `-` and spaces between words. */
function loose(text: string): string {
  return text
    .normalize()
    .toLowerCase()
    .replaceAll(/[\s_\p{Pd}]/gu, '');
}
