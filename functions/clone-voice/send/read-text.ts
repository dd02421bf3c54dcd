import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, constants, inflateRawSync, unzipSync, zstdDecompressSync } from 'node:zlib';
import { isJson } from '../../../shared/api-message.ts';
import { MAX_ANSWER_BYTES } from '../../../shared/outcome.ts';

/** The text of an answer, decompressed; as far as it came, and why it broke off, if it did. Never throws. */
export async function readText(response: IncomingMessage): Promise<{ text: string; error?: unknown }> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) break;
    }
    return { text: textOf(chunks, response) };
  } catch (error) {
    return { text: textOf(chunks, response), error };
  }
}

/** Without a byte order mark. */
function textOf(chunks: Buffer[], { headers }: IncomingMessage): string {
  return new TextDecoder().decode(decompressed(Buffer.concat(chunks), headers['content-encoding']));
}

/**
 * Some servers compress although they were asked not to, some of them twice, or without saying so. What cannot be
 * decompressed stays as it is, what breaks off counts.
 */
function decompressed(body: Buffer, codings = ''): Buffer {
  // The last one was applied last (RFC 9110, section 8.4). No text begins as gzip does.
  const applied = ['gzip', ...codings.toLowerCase().split(/[\s,]+/)];
  return applied.slice(-MAX_CODINGS).reduceRight(decoded, body);
}

const MAX_CODINGS = 4;

function decoded(body: Buffer, coding: string): Buffer {
  for (const decode of decoders.get(coding) ?? []) {
    try {
      return decode(body);
    } catch {
      continue;
    }
  }
  return body;
}

const limit = { maxOutputLength: MAX_ANSWER_BYTES };
const inPart = { ...limit, finishFlush: constants.Z_SYNC_FLUSH };
const unzip = (body: Buffer) => unzipSync(body, inPart);

const decoders = new Map<string, ((body: Buffer) => Buffer)[]>([
  ['br', [(body) => brotliDecompressSync(body, limit)]],
  ['zstd', [(body) => zstdDecompressSync(body, limit)]],
  ['gzip', [unzip]],
  ['x-gzip', [unzip]],
  // Some leave out its frame (RFC 9110, section 8.4.1.2); then text that is not compressed could be taken for it.
  ['deflate', [unzip, (body) => (isJson(String(body)) ? body : inflateRawSync(body, inPart))]],
]);
