import { unescape } from './unescape.ts';

/** Parts of the key of at least this length are removed, too. */
const PART = 16;

/** The same for a key without its escapes, which may be shorter. */
const SHORTEST_PLAIN = 8;

const MARK = '[API key]';

/**
 * Removes the API key from an answer. The API may quote the key ("Invalid key …"), which must not reach a log or a result.
 * Also removes parts of it of 16 characters and more, and both in the encodings of JSON, URLs, HTML and Base64 (RFC 4648),
 * also nested. Does not parse, so the text may be a fragment. Takes time in proportion to the text.
 */
export function redact(text: string, secret: string | undefined): string {
  if (!secret) return text;
  const key = unescape(secret).text;
  const encoded = base64Of(secret);
  const found = [...partsIn(text, [secret], PART), ...blobsIn(text, encoded)];
  // Without its backslashes, a key may be a word.
  const isComparable = key === secret || key.length >= SHORTEST_PLAIN;
  if (isComparable && /[\\%&]/.test(text)) {
    const { text: plain, starts, ends } = unescape(text);
    const part = Math.max(SHORTEST_PLAIN, PART - (secret.length - key.length));
    for (const { start, end } of [...partsIn(plain, [key], part), ...blobsIn(plain, encoded)]) {
      found.push({ start: starts[start] ?? 0, end: ends[end - 1] ?? text.length });
    }
  }
  return withoutBeginning(withoutRanges(text, found), key);
}

interface Range {
  start: number;
  /** Exclusive. */
  end: number;
}

function withoutRanges(text: string, ranges: Range[]): string {
  const pieces: string[] = [];
  let kept = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (start >= kept) pieces.push(text.slice(kept, start), MARK);
    kept = Math.max(kept, end);
  }
  return pieces.join('') + text.slice(kept);
}

/** Where the text has this many consecutive characters of one of these, or all of a shorter one. */
function partsIn(text: string, wanted: readonly string[], part: number): Range[] {
  const length = Math.min(part, ...wanted.map((each) => each.length));
  // Each part contains a block that starts at a multiple of its size.
  const size = (length + 1) >> 1;
  const parts = new Set(wanted.flatMap((each) => runsOf(each, length)));
  const blocks = new Set(wanted.flatMap((each) => runsOf(each, size)));
  const ranges: Range[] = [];
  for (let at = 0; at + size <= text.length; at += size) {
    if (!blocks.has(text.slice(at, at + size))) continue;
    for (let start = Math.max(0, at + size - length); start <= at; start++) {
      if (!parts.has(text.slice(start, start + length))) continue;
      const last = ranges.at(-1);
      if (last && start < last.end) last.end = start + length;
      else ranges.push({ start, end: start + length });
    }
  }
  return ranges;
}

/** All runs of this many characters. */
function runsOf(text: string, length: number): string[] {
  return Array.from({ length: text.length - length + 1 }, (_, start) => text.slice(start, start + length));
}

/**
 * What Base64 makes of the key, wherever in a text it stands: three bytes become four characters, so there are three forms.
 * Without characters that depend on what is around it.
 */
function base64Of(key: string): string[] {
  const bytes = Array.from(new TextEncoder().encode(key), (byte) => String.fromCharCode(byte)).join('');
  return [0, 1, 2].map((start) => {
    const end = bytes.length - ((bytes.length - start) % 3);
    return end <= start ? '' : btoa(bytes.slice(start, end));
  });
}

/** Where these forms are in Base64, or in its alphabet for URLs. */
function blobsIn(text: string, forms: readonly string[]): Range[] {
  if (forms.some((form) => form.length < SHORTEST_PLAIN)) return [];
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  const blobs: Range[] = [];
  for (const range of partsIn(standard, forms, PART)) {
    // One blob may hold many.
    if (range.start >= (blobs.at(-1)?.end ?? 0)) blobs.push(wholeBlob(text, range));
  }
  return blobs;
}

/** The ends of the key are in the characters next to it, together with others. */
function wholeBlob(text: string, { start, end }: Range): Range {
  const isPartOfIt = (at: number) => /[\w+/=-]/.test(text.charAt(at));
  let [first, last] = [start, end];
  while (isPartOfIt(first - 1)) first--;
  while (isPartOfIt(last)) last++;
  return { start: first, end: last };
}

/** A shorter beginning reveals nothing. */
const SHORTEST_BEGINNING = 4;

/** Removes a key that is cut off at the end of the text. */
function withoutBeginning(text: string, key: string): string {
  // Up to twelve characters stand for one, such as `\\\\\\\\u0041`.
  const from = Math.max(0, text.length - key.length * 12);
  const { text: tail, starts } = unescape(text.slice(from).replace(CUT_OFF_ESCAPE, ''));
  const length = longestBeginning(key, tail);
  return length < SHORTEST_BEGINNING ? text : text.slice(0, from + (starts[tail.length - length] ?? 0));
}

const CUT_OFF_ESCAPE = /(?:\\u[\da-f]{0,3}|%[\da-f]?|&#?\w{0,6})$/i;

/** How many characters at the end of the text are a beginning of the key: the prefix function of Knuth, Morris and Pratt. */
function longestBeginning(key: string, text: string): number {
  const all = `${key}\0${text}`;
  const lengths = new Int32Array(all.length);
  for (let at = 1; at < all.length; at++) {
    let length = lengths[at - 1] ?? 0;
    while (length > 0 && all[at] !== all[length]) length = lengths[length - 1] ?? 0;
    lengths[at] = all[at] === all[length] ? length + 1 : 0;
  }
  return lengths[all.length - 1] ?? 0;
}
