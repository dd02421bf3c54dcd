import { text } from 'node:stream/consumers';
import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsOutput,
  ListMultipartUploadsOutput$,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2Output,
  ListObjectsV2Output$,
  type S3Client,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import type { HttpResponse } from '@smithy/core/protocols';
import { ask, type S3Command } from './quick-requests.ts';

/**
 * A page of the objects in a bucket, requested without the SDK, which only reads it.
 *
 * @throws {Error} if even the SDK gets no listing; also S3's errors
 */
export function objectsPage(
  s3: S3Client,
  input: ListObjectsV2CommandInput & { Bucket: string },
): Promise<ListObjectsV2Output> {
  const query = {
    'continuation-token': input.ContinuationToken,
    delimiter: input.Delimiter,
    'list-type': '2',
    prefix: input.Prefix,
  };
  return pageOf(s3, input.Bucket, query, ListObjectsV2Output$, () => new ListObjectsV2Command(input));
}

/** A page of the uploads in parts to a bucket, likewise. */
export function uploadsPage(
  s3: S3Client,
  input: ListMultipartUploadsCommandInput & { Bucket: string },
): Promise<ListMultipartUploadsOutput> {
  const query = {
    delimiter: input.Delimiter,
    'key-marker': input.KeyMarker,
    prefix: input.Prefix,
    'upload-id-marker': input.UploadIdMarker,
    uploads: '',
  };
  const commandOf = () => new ListMultipartUploadsCommand(input);
  return pageOf(s3, input.Bucket, query, ListMultipartUploadsOutput$, commandOf);
}

/** What pages of all listings have. */
interface Page {
  /** The bucket, of objects. */
  Name?: string | undefined;
  /** The bucket, of uploads. */
  Bucket?: string | undefined;
  IsTruncated?: boolean | undefined;
}

async function pageOf<Input extends ServiceInputTypes, Output extends ServiceOutputTypes & Page>(
  s3: S3Client,
  bucket: string,
  given: Record<string, string | undefined>,
  schema: Schema,
  commandOf: () => S3Command<Input, Output>,
): Promise<Omit<Output, '$metadata'>> {
  const query = Object.fromEntries(
    Object.entries(given).filter((each): each is [string, string] => each[1] !== undefined),
  );
  const answer = await ask(s3, { method: 'GET', bucket, query }, commandOf);
  if ('quick' in answer) {
    const quick = await pageIn<Output>(s3, schema, answer.quick).catch(() => undefined);
    if (quick && isListing(quick)) return quick;
  }
  const page = 'output' in answer ? answer.output : await s3.send(commandOf());
  // A proxy's empty answer is not an empty folder.
  if (!isListing(page)) throw new Error('S3 did not list the folder');
  return page;
}

type Schema = typeof ListObjectsV2Output$;

/** @throws {Error} if the answer breaks off, or is no XML */
async function pageIn<Output>({ config }: S3Client, schema: Schema, { body }: HttpResponse): Promise<Output> {
  const xml = await text(body as NodeJS.ReadableStream);
  return config.protocol.getPayloadCodec().createDeserializer().read(schema, xml) as Output;
}

function isListing({ Name, Bucket, IsTruncated }: Page): boolean {
  return (Name ?? Bucket ?? IsTruncated) !== undefined;
}
