import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import {
  type _Object,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { parseXML } from '@aws-sdk/xml-builder';
import { MAX_RESULT_BYTES } from '../../voice-folder/s3/result-file.ts';
import { nextPage } from '../../voice-folder/s3/next-page.ts';
import { learnFromListings } from '../../voice-folder/s3/bucket-address.ts';
import { ask, type S3Command, type Wanted } from '../../voice-folder/s3/quick-requests.ts';
import { objectIn, type Stored, storedIn } from '../../voice-folder/s3/stored-object.ts';
import { isObject } from './not-s3.ts';
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

  /** A quick answer, if it came whole, or what the SDK returns. */
  async function quickly<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    wanted: Pick<Wanted, 'key' | 'query'>,
    commandOf: () => S3Command<Input, Output>,
  ): Promise<Answer | { output: Output }> {
    const options: TransportRequestOptions = { isQuick: true };
    const answer = await ask(s3, { method: 'GET', bucket, ...wanted }, commandOf, options);
    if ('output' in answer) return answer;
    const { headers, body } = answer.quick;
    const bytes = await bytesOf(body as IncomingMessage).catch(() => undefined);
    return bytes ? { headers, body: bytes } : { output: await s3.send(commandOf()) };
  }

  /** @param token @default - the first page */
  async function pageOf(prefix: string, token?: string): Promise<Page> {
    const commandOf = () =>
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
    const askSdk = async () => pageOfSdk(await s3.send(commandOf()), token);
    if (!first) {
      const page = askSdk();
      first = page.catch(() => {});
      return page;
    }
    await first;
    const query = {
      ...(token !== undefined && { 'continuation-token': token }),
      'list-type': '2',
      prefix,
    };
    const answer = await quickly({ query }, commandOf);
    if ('output' in answer) return pageOfSdk(answer.output, token);
    return pageIn(answer.body.toString(), token) ?? askSdk();
  }

  return {
    async *list(prefix) {
      let page = await pageOf(prefix);
      for (;;) {
        const asked = page.token === undefined ? undefined : pageOf(prefix, page.token);
        // Lets the request be sent first: parsing takes a third of its round trip.
        if (asked) await setImmediate();
        yield page.objects();
        if (!asked) return;
        page = await asked;
      }
    },
    async get(key) {
      const commandOf = () => new GetObjectCommand({ Bucket: bucket, Key: key });
      const asked = quickly({ key }, commandOf).then((answer) => {
        if ('output' in answer) return answer.output;
        const { headers, body } = answer;
        return isObject(headers) ? objectIn(headers, [body]) : s3.send(commandOf());
      });
      return storedIn(asked, MAX_RESULT_BYTES);
    },
  };
}

function pageOfSdk(
  { Contents = [], IsTruncated, NextContinuationToken }: ListObjectsV2CommandOutput,
  previous: string | undefined,
): Page {
  return { token: nextPage(IsTruncated, NextContinuationToken, previous), objects: () => Contents };
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

/** Undefined if the answer is not complete. */
function pageIn(xml: string, previous: string | undefined): Page | undefined {
  if (!/<\/ListBucketResult>\s*$/.test(xml)) return undefined;
  // A name with such a tag in it comes encoded.
  const [element] = /<NextContinuationToken>[^<]+<\/NextContinuationToken>/.exec(xml) ?? [];
  const token = element && (parseXML(element) as { NextContinuationToken: string }).NextContinuationToken;
  return {
    token: nextPage(/<IsTruncated>\s*true/.test(xml), token, previous),
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
