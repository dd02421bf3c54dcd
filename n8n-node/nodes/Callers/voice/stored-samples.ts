import { BINARY_ENCODING, type IBinaryData, type IExecuteFunctions, NodeOperationError } from 'n8n-workflow';
import { containerIn, rightExtension } from '../../../../shared/container.ts';
import { audioMediaType } from '../../../../shared/audio-formats.ts';
import { badSampleIn, isZeros, SNIFF_BYTES, ZEROS } from '../../../../shared/not-audio.ts';
import { withCommonExtension } from '../../../../shared/media-extension.ts';
import { noVoice } from './samples-from.ts';

/** An audio sample in n8n's storage. */
export interface StoredSample {
  /** File name, as sent to the API. */
  name: string;
  /** Media type, such as `audio/mpeg`. */
  type: string;
  /** Length in bytes. */
  size: number;
  /** The input item that contains it. */
  itemIndex: number;
  /** Whether it is in memory or on a local disk. */
  isAtHand: boolean;
  /** Opens the file and returns its bytes. */
  open(): Promise<AsyncIterable<Uint8Array>>;
  /** Destroys all streams; otherwise n8n keeps the file open. */
  close(): void;
}

/**
 * The samples of these items, without duplicates: providers reject identical files.
 *
 * @throws {NodeOperationError} if a field contains no file, or there are no files.
 */
export async function storedSamples(
  context: IExecuteFunctions,
  itemIndexes: readonly number[],
): Promise<StoredSample[]> {
  const files = new Map<string, { file: IBinaryData; itemIndex: number }>();
  for (const itemIndex of itemIndexes) {
    for (const file of filesOf(context, itemIndex, context.getNodeParameter('binaryFields', itemIndex))) {
      const identity = file.id ?? file.data;
      if (!files.has(identity)) files.set(identity, { file, itemIndex });
    }
  }
  if (files.size === 0) {
    throw new NodeOperationError(context.getNode(), 'There is no audio file to clone a voice from', {
      itemIndex: itemIndexes[0] ?? 0,
      description: WHERE_FILES_COME_FROM,
    });
  }
  return Promise.all(
    [...files.values()].map(({ file, itemIndex }) => storedSample(context, file, itemIndex)),
  );
}

/**
 * Checks the samples before anything is sent and billed. Reads the start of local files only: a file in a
 * database or in S3 would be fetched twice, so it is checked while it is sent.
 *
 * @throws {NodeOperationError} if a sample is empty, clearly not audio, or unreadable.
 */
export async function checkSamples(
  context: IExecuteFunctions,
  samples: readonly StoredSample[],
): Promise<void> {
  for (const sample of samples) {
    if (sample.size === 0) throw sampleError(context, sample, 'is empty');
    if (!sample.isAtHand) continue;
    const bytes = readSample(context, sample);
    await bytes.next();
    await bytes.return(undefined);
  }
}

/**
 * The bytes of a sample. If the file is clearly not audio, or has the wrong length, throws before the last
 * bytes: the request is aborted, and no voice is made.
 *
 * @throws {NodeOperationError}
 */
export async function* readSample(
  context: IExecuteFunctions,
  sample: StoredSample,
): AsyncGenerator<Uint8Array> {
  let problem: string | undefined;
  try {
    let start: Uint8Array | undefined = new Uint8Array();
    let read = 0;
    let isOnlyZeros = true;
    for await (const chunk of exactly(sample.size, await sample.open())) {
      read += chunk.length;
      isOnlyZeros &&= isZeros(chunk);
      // Before the last bytes are yielded.
      if (isOnlyZeros && read === sample.size) {
        problem = `is ${ZEROS}, not audio`;
        break;
      }
      if (!start) {
        yield chunk;
        continue;
      }
      start = Buffer.concat([start, chunk]);
      if (start.length < Math.min(SNIFF_BYTES, sample.size)) continue;
      problem = problemWith(start.subarray(0, SNIFF_BYTES), sample.size);
      if (problem) break;
      hintAtName(context, sample, start);
      yield start;
      start = undefined;
    }
  } catch (error) {
    throw sampleError(
      context,
      sample,
      'could not be read',
      `The storage reported: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  if (problem) throw sampleError(context, sample, problem);
}

function problemWith(start: Uint8Array, size: number): string | undefined {
  const bad = badSampleIn(start, size);
  return bad && ('found' in bad ? `is ${bad.found}, not audio` : 'contains no sound');
}

const hinted = new WeakSet<StoredSample>();

/** Warns about a wrong extension, because providers rely on it. n8n 1 does not support hints. */
function hintAtName(context: IExecuteFunctions, sample: StoredSample, start: Uint8Array): void {
  const container = containerIn(start);
  const extension = rightExtension(sample.name, container);
  if (extension === undefined || hinted.has(sample)) return;
  hinted.add(sample);
  context.addExecutionHints?.({
    message: `The file "${sample.name}" contains ${container} data, but has a different extension. Providers rely on the extension: rename the file to end with .${extension}.`,
    type: 'warning',
  });
}

/** A body that is longer or shorter than its Content-Length would be misread. */
async function* exactly(size: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of source) {
    read += chunk.length;
    if (read > size) break;
    yield chunk;
  }
  if (read !== size)
    throw new Error(`the file is ${read > size ? 'longer' : 'shorter'} than its ${size} bytes`);
}

function sampleError(
  context: IExecuteFunctions,
  { name, itemIndex }: Pick<StoredSample, 'name' | 'itemIndex'>,
  problem: string,
  advice = 'Remove this file, or replace it with a recording.',
): NodeOperationError {
  return new NodeOperationError(context.getNode(), `The file "${name}" ${problem}`, {
    itemIndex,
    description: `${noVoice(context)} ${advice}`,
  });
}

/** Resolves a value of "Input Binary Field(s)" to files. */
function filesOf(context: IExecuteFunctions, itemIndex: number, value: unknown): IBinaryData[] {
  if (isFile(value)) return [value];
  if (Array.isArray(value)) return value.flatMap((each) => filesOf(context, itemIndex, each));
  // Like `$binary`: files by field name.
  const values = typeof value === 'object' && value !== null ? Object.values(value) : [];
  if (values.length > 0 && values.every(isFile)) return values;
  const ofItem = filesByField(context, itemIndex);
  if (typeof value !== 'string') {
    throw new NodeOperationError(
      context.getNode(),
      'Input Binary Field(s) must be the name of a field, or an expression that returns a file or a list of files',
      { itemIndex, description: `${noVoice(context)} ${fieldsText(ofItem)}` },
    );
  }
  if (value.trim() === '*') return Object.values(ofItem);
  const fields = value.split(',').map((field) => field.trim());
  return fields
    .filter((field) => field !== '')
    .map((field) => ofItem[field] ?? fileAt(context, itemIndex, field, ofItem));
}

/** A field given as a path, such as `_files.data`. */
function fileAt(
  context: IExecuteFunctions,
  itemIndex: number,
  field: string,
  ofItem: Record<string, IBinaryData>,
): IBinaryData {
  try {
    return context.helpers.assertBinaryData(itemIndex, field);
  } catch {
    throw new NodeOperationError(context.getNode(), `The item has no file in the field "${field}"`, {
      itemIndex,
      description: `${noVoice(context)} ${fieldsText(ofItem)}`,
    });
  }
}

function fieldsText(ofItem: Record<string, IBinaryData>): string {
  const fields = Object.keys(ofItem);
  return fields.length > 0
    ? `The item has files in: ${fields.join(', ')}.`
    : `The item has no files. ${WHERE_FILES_COME_FROM}`;
}

const WHERE_FILES_COME_FROM =
  'Put a node that outputs a file before this one, and enter its field in "Input Binary Field(s)". As a tool of an AI agent, this node needs an expression there that returns a file of another node.';

/** Like n8n's `isBinaryValue`, which exists only since n8n 2.5. */
function isFile(value: unknown): value is IBinaryData {
  return (
    typeof value === 'object' && value !== null && 'mimeType' in value && ('data' in value || 'id' in value)
  );
}

/**
 * An item's files, which the workflow setting `binaryMode` stores next to its JSON, or inside it
 * (`combined`).
 */
function filesByField(context: IExecuteFunctions, itemIndex: number): Record<string, IBinaryData> {
  const item = context.getInputData()[itemIndex];
  const combined = Object.entries(item?.json['_files'] ?? {}).filter(([, file]) => isFile(file));
  return { ...Object.fromEntries(combined), ...item?.binary };
}

async function storedSample(
  context: IExecuteFunctions,
  file: IBinaryData,
  itemIndex: number,
): Promise<StoredSample> {
  const name = fileNameOf(file);
  const sample = { name, type: audioMediaType(name) ?? file.mimeType, itemIndex };
  const { id } = file;
  if (id === undefined) {
    return {
      ...sample,
      isAtHand: true,
      size: Buffer.byteLength(file.data, BINARY_ENCODING),
      open: () => Promise.resolve(decoded(file.data)),
      close: () => {},
    };
  }
  const metadata = await context.helpers.getBinaryMetadata(id).catch(() => undefined);
  if (!metadata) {
    throw new NodeOperationError(context.getNode(), `n8n cannot find the file "${name}"`, {
      itemIndex,
      description: `${noVoice(context)} Run the nodes before this one again. If n8n runs in queue mode, the file may be on another worker’s disk: all workers need shared storage (N8N_DEFAULT_BINARY_DATA_MODE, "database" or "s3").`,
    });
  }
  const opened = new Set<Awaited<ReturnType<typeof context.helpers.getBinaryStream>>>();
  let closed = false;
  return {
    ...sample,
    isAtHand: id.startsWith('filesystem'),
    size: metadata.fileSize,
    async open() {
      const stream = await context.helpers.getBinaryStream(id);
      opened.add(stream);
      if (closed) stream.destroy();
      return stream;
    },
    close: () => {
      closed = true;
      for (const stream of opened) stream.destroy();
    },
  };
}

/** Decodes in chunks, so that a file that n8n keeps in memory is not duplicated. */
async function* decoded(base64: string): AsyncGenerator<Uint8Array> {
  const length = 64 * 1024; // whole groups of four characters
  for (let at = 0; at < base64.length; at += length) {
    yield await Promise.resolve(Buffer.from(base64.slice(at, at + length), BINARY_ENCODING));
  }
}

/** Adds a missing extension: providers detect formats by it, and files from the web often have none. */
function fileNameOf({ fileName = 'sample', mimeType, fileExtension = '' }: IBinaryData): string {
  return withCommonExtension(fileName, mimeType || (audioMediaType(`.${fileExtension}`) ?? ''));
}
