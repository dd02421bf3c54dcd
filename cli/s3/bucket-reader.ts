import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { type _Object, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { parseXML } from '@aws-sdk/xml-builder';
import { MAX_RESULT_BYTES } from '../../voice-folder/s3/result-file.ts';
import { askQuickly, learnFromListings, type Wanted } from '../../voice-folder/s3/quick-requests.ts';
import { getObject, type Stored } from '../../voice-folder/s3/s3-json.ts';
import type { TransportRequestOptions } from './transport.ts';

/** Reads a bucket with thousands of small objects. */
export interface BucketReader {
  /** The objects below a prefix, a page at a time. */
  list(prefix: string): AsyncGenerator<_Object[]>;
  /** An object; undefined if there is none. */
  get(key: string): Promise<Pick<Stored, 'body' | 'etag' | 'lastModified'> | undefined>;
}

/** The SDK sends the first listing, and whatever is not answered as expected (quick-requests.ts). */
export function readerOf(s3: S3Client, bucket: string): BucketReader {
  learnFromListings(s3);
  let first: Promise<unknown> | undefined;

  async function listThroughSdk(prefix: string, token?: string): Promise<Page> {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
    const { Contents = [], NextContinuationToken } = await s3.send(command);
    return { token: NextContinuationToken, objects: () => Contents };
  }

  /** Undefined if the SDK should send it. */
  async function quickly(wanted: Pick<Wanted, 'key' | 'query'>): Promise<Answer | undefined> {
    const options: TransportRequestOptions = { isQuick: true };
    const response = await askQuickly(s3, { method: 'GET', bucket, ...wanted }, options);
    const body = response && (await bytesOf(response.body as IncomingMessage).catch(() => undefined));
    return body && { headers: response.headers, body };
  }

  /** @param token @default - the first page */
  async function pageOf(prefix: string, token?: string): Promise<Page> {
    if (!first) {
      const page = listThroughSdk(prefix);
      first = page.catch(() => {});
      return page;
    }
    await first;
    const query = {
      ...(token !== undefined && { 'continuation-token': token }),
      'list-type': '2',
      prefix,
    };
    const answer = await quickly({ query });
    return (answer && pageIn(answer.body.toString())) ?? listThroughSdk(prefix, token);
  }

  return {
    async *list(prefix) {
      let page = await pageOf(prefix);
      for (;;) {
        const asked = page.token === undefined ? undefined : pageOf(prefix, page.token);
        // To parse them before it is sent would take as long as a third of its way.
        if (asked) await setImmediate();
        yield page.objects();
        if (!asked) return;
        page = await asked;
      }
    },
    async get(key) {
      const answer = await quickly({ key });
      const { etag, 'last-modified': modified = '', 'content-type': type = '' } = answer?.headers ?? {};
      // A page has come from elsewhere (not-s3.ts).
      if (!answer || etag === undefined || type.startsWith('text/html'))
        return getObject(s3, { bucket, key }, MAX_RESULT_BYTES);
      return { body: answer.body, etag, lastModified: new Date(modified) };
    },
  };
}

interface Page {
  /** Of the next page. */
  token: string | undefined;
  /** Parses them, which takes as long as to wait for the next page. */
  objects(): _Object[];
}

interface Answer {
  headers: Record<string, string>;
  body: Buffer;
}

/** Undefined if it is no whole listing. */
function pageIn(xml: string): Page | undefined {
  if (!/<\/ListBucketResult>\s*$/.test(xml)) return undefined;
  // A name with such a tag in it comes encoded.
  const [token] = /<NextContinuationToken>[^<]+<\/NextContinuationToken>/.exec(xml) ?? [];
  return {
    token: token && (parseXML(token) as { NextContinuationToken: string }).NextContinuationToken,
    objects: () =>
      (listedIn(xml) ?? parsed(xml)).map(({ Key, ETag, Size, LastModified }) => ({
        Key,
        ETag,
        Size: Number(Size),
        LastModified: new Date(LastModified),
      })),
  };
}

type Listed = Record<'Key' | 'ETag' | 'Size' | 'LastModified', string>;

/** Finds in a tenth of the parser's time what stores write. Undefined for anything that may mean something else in XML. */
function listedIn(xml: string): Listed[] | undefined {
  const listed: Listed[] = [];
  const [, ...all] = xml.split('<Contents>');
  for (const one of all) {
    const [Key, ETag, Size, LastModified] = FIELDS.map((field) => textOf(field.exec(one)?.[1]));
    if (Key === undefined || ETag === undefined || Size === undefined || LastModified === undefined)
      return undefined;
    listed.push({ Key, ETag, Size, LastModified });
  }
  return xml.split('Contents>').length - 1 === 2 * listed.length ? listed : undefined;
}

const FIELDS = [
  /<Key>([^<\r]+)<\/Key>/,
  /<ETag>([^<\r]+)<\/ETag>/,
  /<Size>(\d+)<\/Size>/,
  /<LastModified>([^<&\r]+)<\/LastModified>/,
];

function textOf(escaped: string | undefined): string | undefined {
  const text = escaped?.replaceAll('&quot;', '"');
  return text?.includes('&') ? (parseXML(`<Text>${text}</Text>`) as { Text: string }).Text : text;
}

function parsed(xml: string): Listed[] {
  const { ListBucketResult } = parseXML(xml) as { ListBucketResult: { Contents?: Listed | Listed[] } };
  return [ListBucketResult.Contents ?? []].flat();
}

/** Events take a fifth of the time of an iterator. */
function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    answer
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
      .once('error', reject);
  });
}
