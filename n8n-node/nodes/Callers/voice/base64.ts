/** A file that n8n keeps in an item, as base64. */
export interface Base64File {
  base64: string;
  /** The media type in a `data:` URI. */
  mediaType?: string;
}

/**
 * Base64 as the decoder needs it, in whole groups of four characters. Files from mail, databases and
 * command-line tools have line breaks (RFC 2045, section 6.8), those from the web are `data:` URIs (RFC 2397),
 * those from PostgreSQL or code a `Buffer` or hexadecimal digits (its manual, section 8.4). Undefined if it is neither.
 */
export function base64In(data: unknown): Base64File | undefined {
  const bytes = typeof data === 'string' ? undefined : bytesIn(data);
  if (bytes) return { base64: Buffer.from(bytes).toString('base64') };
  if (typeof data !== 'string') return undefined;
  const [prefix = '', mediaType = ''] = /^["'\s]*data:([^,;]*)[^,]*;base64,/i.exec(data) ?? [];
  const text = data.slice(prefix.length);
  // Base64 of zeros is nothing but `A`.
  const [, hex] = /^(?!A+$)(?:\\x|0x)?((?:[\da-f]{2})+)$/i.exec(text) ?? [];
  if (hex !== undefined) return { base64: Buffer.from(hex, 'hex').toString('base64') };
  const base64 = isBase64(text) ? text : unescaped(text);
  return isBase64(base64) ? { base64, ...(mediaType && { mediaType }) } : undefined;
}

/** A `Buffer`, other bytes, or what JSON makes of a `Buffer`. */
export function isBytes(data: unknown): boolean {
  return ArrayBuffer.isView(data) || (data as { type?: unknown } | null | undefined)?.type === 'Buffer';
}

/** Of an array, or what JSON makes of a `Uint8Array`, too. */
function bytesIn(data: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const numbers = Object.values(isBytes(data) ? (data as { data: number[] }).data : Object(data)) as number[];
  return numbers.every(Number.isInteger) ? Uint8Array.from(numbers) : undefined;
}

function isBase64(text: string): boolean {
  return /^[\w+/-]*={0,2}$/.test(text) && text.length % 4 !== 1;
}

/**
 * Without quotes, line breaks, and the escapes of URLs and JSON. Lines joined by spaces have whole groups of
 * four characters; other spaces are each a `+` that was read as part of a form.
 */
function unescaped(text: string): string {
  const parts = text
    .replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\[nrt]|["'\\\ufeff]|\s*[\r\n\t]\s*/g, '')
    .trim()
    .split(' ');
  const areLines = parts.slice(0, -1).every(({ length }) => length % 4 === 0);
  return parts.join(areLines ? '' : '+');
}

/** Decodes in chunks, so that a file that n8n keeps in memory is not duplicated. */
export async function* decoded(base64: string): AsyncGenerator<Uint8Array> {
  const length = 64 * 1024; // whole groups of four characters
  for (let at = 0; at < base64.length; at += length) {
    yield await Promise.resolve(Buffer.from(base64.slice(at, at + length), 'base64'));
  }
}
