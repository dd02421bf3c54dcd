import { createHash } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { wav } from '../../support/wav.ts';
import { BUCKET } from './job.ts';
import { serve } from './serve.ts';

/** A minimal S3. It generates samples while it sends them, so that a gigabyte takes no memory. */

/** How the source answers. */
export interface SourceOptions {
  /** The delay of a sample's first byte, in milliseconds. */
  firstByteDelay?: number;
}

interface Stored {
  body: Buffer;
  etag: string;
  lastModified: Date;
}

const BYTES = wav(1024 * 1024);
const CHUNK_BYTES = 256 * 1024;

const began = new Date();
const stored = new Map<string, Stored>();

await serve<SourceOptions>((request, response, { firstByteDelay = 0 }) => {
  const url = new URL(request.url ?? '', 'http://source');
  const key = decodeURIComponent(url.pathname).slice(`/${BUCKET}/`.length);
  // Otherwise the function asks whether it has conditional writes.
  response.setHeader('Server', 'AmazonS3');
  response.setHeader('x-amz-id-2', 'source');
  if (request.method === 'PUT') {
    put(key, request, response).catch(() => response.destroy());
    return;
  }
  if (url.searchParams.has('list-type')) return list(url.searchParams, response);
  if (url.searchParams.has('uploads')) return xml(response, 200, NO_UPLOADS);
  const sample = sampleAt(key);
  if (!sample) return get(stored.get(key) ?? manifestAt(key), response);
  const ifMatch = request.headers['if-match'];
  if (ifMatch !== undefined && ifMatch !== sample.etag) return refuse(response, 412, 'PreconditionFailed');
  setTimeout(() => send(sample, request, response), firstByteDelay);
});

interface Sample {
  bytes: number;
  etag: string;
}

function sampleAt(key: string): Sample | undefined {
  const [, count, bytes, number] = /(\d+)x(\d+)\/(\d+)\.wav$/.exec(key) ?? [];
  if (Number(number) < 1 || !(Number(number) <= Number(count))) return undefined;
  return { bytes: Number(bytes), etag: `"${bytes}x${number}"` };
}

function manifestAt(key: string): Stored | undefined {
  const [, folder] = /^(.+)\/\d+x\d+\/manifest\.json$/.exec(key) ?? [];
  if (folder === undefined) return undefined;
  // Each folder is another voice: the function sends the same recordings once.
  return { body: Buffer.from(JSON.stringify({ name: folder })), etag: '"manifest"', lastModified: began };
}

function send({ bytes, etag }: Sample, { method }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Length': bytes,
    'Content-Type': 'audio/wav',
    ETag: etag,
    'Last-Modified': began.toUTCString(),
  });
  if (method === 'HEAD') return void response.end();
  let sent = 0;
  const more = () => {
    while (sent < bytes) {
      const at = sent % BYTES.length;
      const chunk = BYTES.subarray(at, Math.min(at + CHUNK_BYTES, at + bytes - sent));
      sent += chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

function get(object: Stored | undefined, response: ServerResponse): void {
  if (!object) return refuse(response, 404, 'NoSuchKey');
  const { body, etag, lastModified } = object;
  response
    .writeHead(200, {
      'Content-Length': body.length,
      ETag: etag,
      'Last-Modified': lastModified.toUTCString(),
    })
    .end(body);
}

/** Supports S3's conditional writes: `If-None-Match: *` to create, `If-Match` to replace. */
async function put(key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const before = stored.get(key)?.etag;
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  if ((ifNoneMatch === '*' && before) || (ifMatch !== undefined && ifMatch !== before)) {
    return refuse(response, 412, 'PreconditionFailed');
  }
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  stored.set(key, { body, etag, lastModified: new Date() });
  response.writeHead(200, { ETag: etag, 'Content-Length': 0 }).end();
}

const NO_UPLOADS =
  '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>';

/** Lists the samples directly in a folder. The bench needs no subfolders. */
function list(query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? '';
  const [, count] = /(\d+)x\d+\/$/.exec(prefix) ?? [];
  const samples = Array.from({ length: Number(count ?? 0) }, (_, index) => {
    const key = `${prefix}${String(index + 1).padStart(2, '0')}.wav`;
    return { key, ...sampleAt(key) };
  });
  const contents = samples.map(
    ({ key, bytes, etag }) =>
      `<Contents><Key>${key}</Key><Size>${bytes}</Size><ETag>${etag}</ETag>` +
      `<LastModified>${began.toISOString()}</LastModified></Contents>`,
  );
  xml(
    response,
    200,
    `<ListBucketResult>${contents.join('')}<IsTruncated>false</IsTruncated></ListBucketResult>`,
  );
}

function refuse(response: ServerResponse, status: number, code: string): void {
  xml(response, status, `<Error><Code>${code}</Code><Message>${http.STATUS_CODES[status]}</Message></Error>`);
}

function xml(response: ServerResponse, status: number, content: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>${content}`;
  response
    .writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(body) })
    .end(body);
}
