import { BINARY_ENCODING } from 'n8n-workflow';

/** A file that n8n keeps in an item, as base64. */
export interface Base64File {
  base64: string;
  /** The media type in a `data:` URI. */
  mediaType?: string;
}

/**
 * Base64 as the decoder needs it, in whole groups of four characters. Files from mail, databases and
 * command-line tools have line breaks (RFC 2045, section 6.8), those from the web are `data:` URIs (RFC 2397).
 * Undefined if it is not base64.
 */
export function base64In(text: string): Base64File | undefined {
  const [prefix = '', mediaType = ''] = /^\s*data:([^,;]*)[^,]*;base64,/i.exec(text) ?? [];
  let base64 = text.slice(prefix.length);
  if (prefix && base64.includes('%')) base64 = decodeURIComponent(base64);
  if (/\s/.test(base64)) base64 = base64.replaceAll(/\s+/g, '');
  if (!/^[\w+/-]*={0,2}$/.test(base64)) return undefined;
  return { base64, ...(mediaType && { mediaType }) };
}

/** Decodes in chunks, so that a file that n8n keeps in memory is not duplicated. */
export async function* decoded(base64: string): AsyncGenerator<Uint8Array> {
  const length = 64 * 1024; // whole groups of four characters
  for (let at = 0; at < base64.length; at += length) {
    yield await Promise.resolve(Buffer.from(base64.slice(at, at + length), BINARY_ENCODING));
  }
}
