/** A text without escapes. */
export interface Unescaped {
  text: string;
  /** Where each character, with its escape, starts and ends in the original. */
  starts: Int32Array;
  ends: Int32Array;
}

/** How often texts are escaped within each other: JSON in a URL in JSON in HTML. */
const MAX_DEPTH = 8;

/** JSON with any number of backslashes, percent-encoding, and HTML's references to ASCII characters. */
const ESCAPE = /\\+(?:u[\da-f]{4})?|%[\da-f]{2}|&(?:#\d{1,7}|#x[\da-f]{1,6}|amp|lt|gt|quot|apos);/gi;

/**
 * Removes what JSON (RFC 8259, section 7), URLs (RFC 3986, section 2.1) and HTML ("Character references", HTML Standard) add to
 * a text to quote it, in any order, without parsing: it may be a fragment. Removes all backslashes, so only compare the
 * result with another one. Takes time in proportion to the text.
 */
export function unescape(original: string): Unescaped {
  let text = original;
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  for (let at = 0; at < text.length; at++) {
    starts[at] = at;
    ends[at] = at + 1;
  }
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const once = unescapeOnce(text, starts, ends);
    if (once === text) break;
    text = once;
  }
  return { text, starts, ends };
}

/** Moves the entries of `starts` and `ends` to the characters that are left. */
function unescapeOnce(text: string, starts: Int32Array, ends: Int32Array): string {
  const pieces: string[] = [];
  let length = 0;
  let read = 0;
  /** Where the backslashes before the next character start. */
  let before: number | undefined;

  function take(character: string, from: number, to: number): void {
    starts[length] = before ?? starts[from] ?? 0;
    ends[length] = ends[to - 1] ?? 0;
    before = undefined;
    length++;
    pieces.push(character);
  }

  function takeUntil(end: number): void {
    if (read < end && before !== undefined) take(text.charAt(read), read, ++read);
    pieces.push(text.slice(read, end));
    starts.copyWithin(length, read, end);
    ends.copyWithin(length, read, end);
    length += end - read;
    read = end;
  }

  for (const { 0: escape, index } of text.matchAll(ESCAPE)) {
    takeUntil(index);
    const character = meaningOf(escape);
    if (character === undefined) before ??= starts[index];
    else take(character, index, index + escape.length);
    read = index + escape.length;
  }
  takeUntil(text.length);
  return pieces.join('');
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undefined for backslashes, which belong to the next character. */
function meaningOf(escape: string): string | undefined {
  const [, name, decimal, hexadecimal] =
    /^(?:&([a-z]+);|&#(\d+);|(?:%|&#x|\\+u)([\da-f]+);?)$/i.exec(escape) ?? [];
  if (name !== undefined) return NAMED[name.toLowerCase()];
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  return Number.isNaN(code) ? undefined : String.fromCharCode(code);
}
