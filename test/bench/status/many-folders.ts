import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An S3 with many voice folders, whose content it generates from their names. */
export interface ManyFoldersInS3 {
  url: string;
  listings: number;
  /** Results read so far. */
  reads: number;
  close(): Promise<void>;
}

const SAMPLES = 3;
const PAGE_KEYS = 1000;
const LAST_MODIFIED = '2026-11-01T00:00:00.000Z';

/**
 * Serves folders with three samples, a manifest and, except in every tenth folder, a result.
 *
 * @param delayMilliseconds the delay of each answer
 */
export async function serveManyFolders(folders: number, delayMilliseconds: number): Promise<ManyFoldersInS3> {
  const keys = Array.from({ length: folders }, (_, folder) => keysOf(folder)).flat();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    const isListing = searchParams.has('list-type');
    if (isListing) s3.listings += 1;
    else s3.reads += 1;
    setTimeout(
      () => (isListing ? list(keys, searchParams, response) : readResult(pathname, response)),
      delayMilliseconds,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const s3: ManyFoldersInS3 = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    listings: 0,
    reads: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return s3;
}

/** How many of these folders have a result. */
export function resultsAmong(folders: number): number {
  return folders - Math.ceil(folders / 10);
}

function keysOf(folder: number): string[] {
  const prefix = `voices/${String(folder).padStart(6, '0')}/`;
  const samples = Array.from({ length: SAMPLES }, (_, sample) => `${prefix}${sample}.wav`);
  return [...samples, `${prefix}manifest.json`, ...(folder % 10 === 0 ? [] : [`${prefix}result.json`])];
}

/** Lists one page. The continuation token says where it starts. */
function list(keys: readonly string[], query: URLSearchParams, response: ServerResponse): void {
  const start = Number(query.get('continuation-token') ?? 0);
  const page = keys.slice(start, start + PAGE_KEYS);
  const next = start + PAGE_KEYS;
  const contents = page.map(
    (key) =>
      `<Contents><Key>${key}</Key><Size>1000</Size><ETag>&quot;${key.endsWith('/result.json') ? 'r' : 'm'}&quot;</ETag>` +
      `<LastModified>${LAST_MODIFIED}</LastModified></Contents>`,
  );
  const more =
    next < keys.length
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`
      : '<IsTruncated>false</IsTruncated>';
  const body = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>${contents.join('')}${more}</ListBucketResult>`;
  response.writeHead(200, { 'Content-Type': 'application/xml' }).end(body);
}

function readResult(path: string, response: ServerResponse): void {
  const key = decodeURIComponent(path).replace(/^\/[^/]+\//, '');
  const manifest = { key: key.replace('result.json', 'manifest.json'), etag: 'm' };
  const voice = {
    id: key,
    voiceId: 'p-1',
    name: 'Amelia',
    isMultilingual: false,
    supportedLocales: ['en-US'],
    ttsClient: 'ELEVENLABS',
  };
  const result = {
    status: 'succeeded',
    voices: [voice],
    samples: Array.from({ length: SAMPLES }, (_, sample) => ({ name: `${sample}.wav`, size: 1000 })),
    manifest,
    fingerprint: 'f'.repeat(64),
    upload: '01',
    requestId: 'bench',
    finishedAt: LAST_MODIFIED,
  };
  response
    .writeHead(200, {
      'Content-Type': 'application/json',
      ETag: '"r"',
      'Last-Modified': new Date(LAST_MODIFIED).toUTCString(),
    })
    .end(JSON.stringify(result));
}
