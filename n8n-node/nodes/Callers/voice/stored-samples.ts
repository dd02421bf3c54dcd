import {
  BINARY_ENCODING,
  type IBinaryData,
  type IExecuteFunctions,
  isBinaryValue,
  NodeOperationError,
} from 'n8n-workflow';
import { audioMediaType, plainlyNotAudio, SNIFF_BYTES } from '../../../../shared/audio-file.ts';

/** An audio sample as n8n stores it. */
export interface StoredSample {
  /** File name, as the API gets it. */
  name: string;
  /** Media type, such as `audio/mpeg`. */
  type: string;
  /** Length in bytes. */
  size: number;
  /** The input item that it came with. */
  itemIndex: number;
  /** The bytes, from the first. */
  open(): Promise<AsyncIterable<Uint8Array>>;
  /** Destroys whatever was opened; n8n keeps the file open otherwise. */
  close(): void;
}

/**
 * The samples of these items. A file that is there more than once is taken once: providers refuse to clone from two
 * that are the same.
 *
 * @throws {NodeOperationError} when a field does not hold a file, or there is none at all.
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
      description:
        'Put a node that outputs a file before this one and name its field in "Input Binary Field(s)". As a tool of an AI agent, this node needs an expression there that gives a file of another node.',
    });
  }
  return Promise.all(
    [...files.values()].map(({ file, itemIndex }) => storedSample(context, file, itemIndex)),
  );
}

/**
 * Looks at the beginning of each sample, before anything is sent and paid for.
 *
 * @throws {NodeOperationError} when one is empty or plainly not audio.
 */
export async function checkSamples(
  context: IExecuteFunctions,
  samples: readonly StoredSample[],
): Promise<void> {
  for (const sample of samples) {
    const { name, size, itemIndex } = sample;
    const problem =
      size === 0
        ? 'is empty'
        : await problemWithContent(sample).catch((error: Error) => `could not be read: ${error.message}`);
    if (!problem) continue;
    throw new NodeOperationError(context.getNode(), `The file "${name}" ${problem}`, {
      itemIndex,
      description: 'Nothing was sent to Callers. Leave this file out, or replace it with a recording.',
    });
  }
}

async function problemWithContent(sample: StoredSample): Promise<string | undefined> {
  let start = Buffer.alloc(0);
  for await (const chunk of await sample.open()) {
    start = Buffer.concat([start, chunk]);
    if (start.length >= SNIFF_BYTES) break;
  }
  const found = plainlyNotAudio(start.subarray(0, SNIFF_BYTES));
  return found && `is ${found}, not audio`;
}

/** The files that a value of "Input Binary Field(s)" stands for. */
function filesOf(context: IExecuteFunctions, itemIndex: number, value: unknown): IBinaryData[] {
  if (isBinaryValue(value)) return [value];
  if (Array.isArray(value)) return value.flatMap((each) => filesOf(context, itemIndex, each));
  if (typeof value !== 'string') {
    throw new NodeOperationError(
      context.getNode(),
      'Input Binary Field(s) must be the name of a field, or an expression that gives a file or a list of files',
      { itemIndex },
    );
  }
  const ofItem = filesByField(context, itemIndex);
  if (value.trim() === '*') return Object.values(ofItem);
  const fields = value.split(',').map((field) => field.trim());
  return fields
    .filter((field) => field !== '')
    .map((field) => ofItem[field] ?? context.helpers.assertBinaryData(itemIndex, field));
}

/** Where files of an item are depends on the workflow's setting `binaryMode`: beside its JSON, or inside (`combined`). */
function filesByField(context: IExecuteFunctions, itemIndex: number): Record<string, IBinaryData> {
  const item = context.getInputData()[itemIndex];
  const combined = Object.entries(item?.json['_files'] ?? {}).filter(([, file]) => isBinaryValue(file));
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
      size: Buffer.byteLength(file.data, BINARY_ENCODING),
      open: () => Promise.resolve(decoded(file.data)),
      close: () => {},
    };
  }
  const metadata = await context.helpers.getBinaryMetadata(id).catch(() => undefined);
  if (!metadata) {
    throw new NodeOperationError(context.getNode(), `n8n does not have the file "${name}" any more`, {
      itemIndex,
      description: 'Nothing was sent to Callers. Run the nodes before this one again.',
    });
  }
  const opened = new Set<Awaited<ReturnType<typeof context.helpers.getBinaryStream>>>();
  let closed = false;
  return {
    ...sample,
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

/** Piece by piece, so that a file which n8n holds in memory is not there a second time as a whole. */
async function* decoded(base64: string): AsyncGenerator<Uint8Array> {
  const length = 64 * 1024; // whole groups of four characters
  for (let at = 0; at < base64.length; at += length) {
    yield await Promise.resolve(Buffer.from(base64.slice(at, at + length), BINARY_ENCODING));
  }
}

/** Providers tell formats by the extension, which files from the web often lack. */
function fileNameOf({ fileName = 'sample', fileExtension }: IBinaryData): string {
  if (audioMediaType(fileName) || !fileExtension) return fileName;
  return audioMediaType(`.${fileExtension}`) ? `${fileName}.${fileExtension}` : fileName;
}
