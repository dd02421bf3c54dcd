import { createHash } from 'node:crypto';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { audioMediaType } from '../../../../shared/audio-formats.ts';
import type { Media } from '../../../../shared/media.ts';
import { namedByContent, withCommonExtension } from '../../../../shared/media-extension.ts';
import { SNIFF_BYTES } from '../../../../shared/not-audio.ts';
import { base64In, decoded } from './base64.ts';
import { filesByField } from './binary.ts';
import { inputError } from './failure.ts';
import { fieldsText, filesOf } from './item-files.ts';
import { unreadable } from './sample-error.ts';

/** An audio sample in n8n's storage. */
export interface StoredSample {
  /** File name, as sent to the API. */
  name: string;
  /** Media type, such as `audio/mpeg`. */
  type: string;
  /** Length in bytes; NaN if n8n has lost the file. */
  size: number;
  /** The input item that contains it. */
  itemIndex: number;
  /** What its content is known by: n8n's identifier, or a hash. */
  identity: string;
  /** Whether it is in memory or on a local disk. */
  isAtHand: boolean;
  /** What its headers say, once they have passed. */
  media?: Media;
  /** Opens the file and returns its bytes. */
  open: () => Promise<AsyncIterable<Uint8Array>>;
  /** Destroys all streams; otherwise n8n keeps the file open. */
  close: () => void;
}

/**
 * The samples of these items, each recording once: providers reject identical files.
 *
 * @throws {NodeOperationError} if a field contains no file, there are no files, or one is unreadable.
 */
export async function storedSamples(
  context: IExecuteFunctions,
  itemIndexes: readonly number[],
): Promise<StoredSample[]> {
  const files = new Map<string, { file: IBinaryData; itemIndex: number }>();
  for (const itemIndex of itemIndexes) {
    for (const file of filesOf(context, itemIndex)) {
      const identity = file.id || file.data;
      if (!files.has(identity)) files.set(identity, { file, itemIndex });
    }
  }
  if (files.size === 0) {
    const itemIndex = itemIndexes[0] ?? 0;
    throw inputError(context, itemIndex, {
      message: 'There is no audio file to clone a voice from',
      description: fieldsText(context, filesByField(context.getInputData()[itemIndex])),
      code: 'NO_SAMPLES',
    });
  }
  const samples = await Promise.all(
    [...files.values()].map(({ file, itemIndex }) => storedSample(context, file, itemIndex)),
  );
  return withoutCopies(context, samples);
}

/** Compares files of equal size by a hash of their bytes. */
async function withoutCopies(context: IExecuteFunctions, samples: StoredSample[]): Promise<StoredSample[]> {
  const kept = new Map<string, StoredSample>();
  for (const sample of samples) {
    const isAlone = samples.every((other) => other === sample || other.size !== sample.size);
    const key = isAlone ? sample.identity : await hashOf(context, sample);
    if (!kept.has(key)) kept.set(key, sample);
  }
  return [...kept.values()];
}

/** The hash of its bytes, or its identity if it has none. */
export async function hashOf(context: IExecuteFunctions, sample: StoredSample): Promise<string> {
  if (!(sample.size > 0)) return sample.identity;
  const hash = createHash('sha256');
  try {
    for await (const chunk of await sample.open()) hash.update(chunk);
  } catch (error) {
    throw unreadable(context, sample, error);
  }
  return hash.digest('hex');
}

async function storedSample(
  context: IExecuteFunctions,
  file: IBinaryData,
  itemIndex: number,
): Promise<StoredSample> {
  const given = plainName(file.fileName);
  const stored = file.id ? await inStorage(context, file.id) : inMemory(context, itemIndex, given, file.data);
  const [mimeType = ''] = /^[\w.+-]+\/[\w.+-]+/.exec(file.mimeType) ?? [];
  const declared = stored.mediaType ?? audioMediaType(`.${file.fileExtension}`) ?? mimeType;
  let name = withCommonExtension(given, declared);
  // Its bytes are right where a declared type is not.
  if (!audioMediaType(given)) name = namedByContent(given, await startOf(stored), name);
  return {
    ...stored,
    itemIndex,
    name,
    type: audioMediaType(name) ?? (mimeType || 'application/octet-stream'),
  };
}

/** Where a file is, without its name. */
type Stored = Omit<StoredSample, 'name' | 'type' | 'itemIndex'> & { mediaType?: string };

/** n8n keeps such a file in the item: `N8N_DEFAULT_BINARY_DATA_MODE=default`, or a Code node made it. */
function inMemory(context: IExecuteFunctions, itemIndex: number, name: string, data: unknown): Stored {
  const file = base64In(data);
  if (!file) throw unreadable(context, { name, itemIndex }, 'its content is not base64');
  const { base64, mediaType } = file;
  return {
    isAtHand: true,
    identity: createHash('sha256').update(base64).digest('hex'),
    size: Buffer.byteLength(base64, 'base64'),
    open: () => Promise.resolve(decoded(base64)),
    close: () => {},
    ...(mediaType !== undefined && { mediaType }),
  };
}

async function inStorage(context: IExecuteFunctions, id: string): Promise<Stored> {
  const metadata = await context.helpers.getBinaryMetadata(id).catch(() => undefined);
  const opened = new Set<Awaited<ReturnType<typeof context.helpers.getBinaryStream>>>();
  let closed = false;
  return {
    isAtHand: id.startsWith('filesystem'),
    // n8n moves the files of a webhook, form or chat to a folder of the execution when that ends.
    identity: id.replace(/.*\//, ''),
    // An item that already has a voice does not need it.
    size: metadata ? metadata.fileSize : NaN,
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

/** The bytes that identify a file's format; fewer if it cannot be read, which is reported when it is sent. */
async function startOf({ open }: Pick<StoredSample, 'open'>): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array();
  try {
    for await (const chunk of await open()) {
      start = Buffer.concat([start, chunk]);
      if (start.length >= SNIFF_BYTES) break;
    }
  } catch {
    // Nothing is known.
  }
  return start.subarray(0, SNIFF_BYTES);
}

/** The name of a file, which code may have made of anything, without folder, the query of an address, and control characters. */
function plainName(fileName: unknown): string {
  const text = [fileName]
    .join('')
    .replaceAll(/\p{Cc}/gu, '')
    .trim();
  const [path = ''] = text.split(/[?#]/, 1);
  const name = (audioMediaType(path) ? path : text).replace(/^.*[\\/]/, '');
  return name.replace(/^(?=\.\w+$|$)/, 'sample');
}
