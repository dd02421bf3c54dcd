import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The part of S3 that the compared clients use. To be as cheap as possible, it runs in its own process, hashes
 * uploads only for their ETags, and keeps only JSON. The local pipeline's emulator would take most of the measured
 * time.
 */

/** A message from the parent process. */
export interface S3Order {
  delayMilliseconds: number;
}

/** The reply to each order. */
export interface S3State {
  url: string;
  requests: number;
}

interface StoredObject {
  size: number;
  /** Kept only for JSON. */
  content?: Buffer | undefined;
  etag: string;
  lastModified: Date;
  /** The headers that HEAD returns: user metadata and checksums. */
  headers: Record<string, string>;
}

const PAGE_KEYS = 1000;

const objects = new Map<string, StoredObject>();
/** The keys of {@link objects}, sorted; undefined after a write. */
let sortedKeys: string[] | undefined;
const uploads = new Map<string, { headers: Record<string, string>; parts: Map<number, Part> }>();
let delayMilliseconds = 0;
let requests = 0;

interface Part {
  size: number;
  md5: Buffer;
  content?: Buffer | undefined;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  requests += 1;
  handle(request, response).catch(() => response.destroy());
}

/** The files of a key and its certificate; none without TLS. */
const [keyFile, certificateFile] = process.argv.slice(2);
const isSecure = keyFile !== undefined && certificateFile !== undefined;
const server = isSecure
  ? createSecureServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, answer)
  : createServer(answer);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `${isSecure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
process.once('disconnect', () => process.exit());
process.on('message', (order: S3Order) => {
  ({ delayMilliseconds } = order);
  process.send?.({ url, requests } satisfies S3State);
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? '', url);
  const [, bucket = '', path = ''] = /^\/([^/]+)\/?(.*)$/.exec(pathname) ?? [];
  const key = decodeURIComponent(path);
  const isKept = key.endsWith('.json');
  const [body] = await Promise.all([receive(request, isKept), sleep(delayMilliseconds)]);
  const uploadId = query.get('uploadId');
  switch (request.method ?? '') {
    case 'GET':
      if (query.has('location')) return xml(response, '<LocationConstraint/>');
      if (key === '') return list(bucket, query, response);
      return get(`${bucket}/${key}`, response);
    case 'HEAD':
      return head(`${bucket}/${key}`, key, response);
    case 'POST':
      if (query.has('uploads')) return begin(request.headers, response);
      return complete(`${bucket}/${key}`, uploadId ?? '', response);
    case 'PUT': {
      const etag = `"${body.md5.toString('hex')}"`;
      if (uploadId !== null) uploads.get(uploadId)?.parts.set(Number(query.get('partNumber')), body);
      else if (key !== '') {
        const { size, content } = body;
        put(`${bucket}/${key}`, { size, content, etag, headers: headersKept(request.headers) });
      }
      response.writeHead(200, { ETag: etag, 'Content-Length': 0 }).end();
      return;
    }
    default:
      response.writeHead(204).end();
  }
}

async function receive(request: IncomingMessage, isKept: boolean): Promise<Part> {
  const hash = createHash('md5');
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
    if (isKept) kept.push(chunk);
  }
  return { size, md5: hash.digest(), ...(isKept && { content: Buffer.concat(kept) }) };
}

function put(name: string, object: Omit<StoredObject, 'lastModified'>): void {
  objects.set(name, { ...object, lastModified: new Date() });
  sortedKeys = undefined;
}

function headersKept(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      /^x-amz-(meta-|checksum-)/.test(name) ? [[name, String(value)] as const] : [],
    ),
  );
}

function head(name: string, key: string, response: ServerResponse): void {
  const object = objects.get(name);
  if (key === '') {
    response.writeHead(200).end();
    return;
  }
  if (!object) {
    response.writeHead(404).end();
    return;
  }
  const { size, etag, lastModified, headers } = object;
  response
    .writeHead(200, {
      'Content-Length': size,
      ETag: etag,
      'Last-Modified': lastModified.toUTCString(),
      ...headers,
    })
    .end();
}

function get(name: string, response: ServerResponse): void {
  const { content, etag, lastModified } = objects.get(name) ?? {};
  if (!content || !etag || !lastModified) return refuse(response);
  response
    .writeHead(200, {
      'Content-Length': content.length,
      ETag: etag,
      'Last-Modified': lastModified.toUTCString(),
    })
    .end(content);
}

function begin(headers: IncomingHttpHeaders, response: ServerResponse): void {
  const id = `upload-${uploads.size}`;
  uploads.set(id, { headers: headersKept(headers), parts: new Map() });
  xml(response, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
}

function complete(name: string, uploadId: string, response: ServerResponse): void {
  const upload = uploads.get(uploadId);
  if (!upload) return refuse(response);
  const parts = [...upload.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part);
  const md5 = createHash('md5').update(Buffer.concat(parts.map((part) => part.md5)));
  const etag = `"${md5.digest('hex')}-${parts.length}"`;
  put(name, { size: parts.reduce((sum, { size }) => sum + size, 0), etag, headers: upload.headers });
  xml(
    response,
    `<CompleteMultipartUploadResult><ETag>${quoted(etag)}</ETag></CompleteMultipartUploadResult>`,
  );
}

/** ListObjects and ListObjectsV2, with or without a delimiter. */
function list(bucket: string, query: URLSearchParams, response: ServerResponse): void {
  const prefix = `${bucket}/${query.get('prefix') ?? ''}`;
  const delimiter = query.get('delimiter') ?? '';
  const after = query.get('continuation-token') ?? query.get('marker') ?? query.get('start-after') ?? '';
  sortedKeys ??= [...objects.keys()].toSorted();
  const contents: string[] = [];
  const folders = new Set<string>();
  let last = '';
  let isTruncated = false;
  for (const name of sortedKeys) {
    const key = name.slice(bucket.length + 1);
    if (!name.startsWith(prefix) || key <= after) continue;
    if (contents.length + folders.size === PAGE_KEYS) {
      isTruncated = true;
      break;
    }
    last = key;
    const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    const object = objects.get(name);
    if (end >= 0) folders.add(name.slice(bucket.length + 1, end + 1));
    else if (object) {
      contents.push(
        `<Contents><Key>${key}</Key><Size>${object.size}</Size><ETag>${quoted(object.etag)}</ETag>` +
          `<LastModified>${object.lastModified.toISOString()}</LastModified><StorageClass>STANDARD</StorageClass></Contents>`,
      );
    }
  }
  const more = isTruncated
    ? `<NextMarker>${last}</NextMarker><NextContinuationToken>${last}</NextContinuationToken>`
    : '';
  const below = [...folders].map((each) => `<CommonPrefixes><Prefix>${each}</Prefix></CommonPrefixes>`);
  xml(
    response,
    `<ListBucketResult><Name>${bucket}</Name><Prefix>${query.get('prefix') ?? ''}</Prefix>${contents.join('')}` +
      `${below.join('')}<IsTruncated>${isTruncated}</IsTruncated>${more}</ListBucketResult>`,
  );
}

function quoted(etag: string): string {
  return etag.replaceAll('"', '&quot;');
}

function refuse(response: ServerResponse): void {
  xml(response, '<Error><Code>NoSuchKey</Code><Message>There is no such key</Message></Error>', 404);
}

function xml(response: ServerResponse, content: string, status = 200): void {
  const text = `<?xml version="1.0" encoding="UTF-8"?>${content}`;
  response
    .writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}
