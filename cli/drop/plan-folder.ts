import { onOneLine } from '../../shared/on-one-line.ts';
import { unquoted } from '../../voice-folder/etag.ts';
import { fingerprintOf } from '../../voice-folder/identity.ts';
import { directAudioFiles, type FolderFile, judgeSamples } from '../../voice-folder/judge-samples.ts';
import type { Manifest } from '../../voice-folder/manifest.ts';
import { MANIFEST_NAME, MAX_KEY_BYTES, type ObjectName, RESULT_NAME } from '../../voice-folder/names.ts';
import { type FinalResult, isFinal, type Result, type SuccessfulResult } from '../../voice-folder/result.ts';
import { parseResult } from '../../voice-folder/s3/result-file.ts';
import { unlessRefused } from '../../voice-folder/s3/refusal.ts';
import type { CheckedFolder, LocalSample } from '../check/checked-folder.ts';
import { namesakes } from '../check/namesakes.ts';
import { exitCodes, listed, ProgramError } from '../output.ts';
import type { BucketReader } from '../s3/bucket-reader.ts';
import { inBucket } from '../s3/errors.ts';
import { s3Url, type S3Place } from '../s3/url.ts';
import type { LocalVoiceFolder } from '../voice-folders.ts';
import { type Comparison, isSameContent } from './content.ts';
import { type Effect, effectOf } from './effect.ts';

/** A checked folder, and what the bucket already has of it. */
export interface PlannedFolder {
  folder: LocalVoiceFolder;
  manifest: ObjectName;
  place: S3Place;
  samples: PlannedSample[];
  /** What the manifest said when it was checked. @default - it was not */
  checked?: Manifest;
  /** If the bucket has the same folder, and its voice was cloned: nothing has to be uploaded. */
  cloned?: SuccessfulResult;
  /** How an earlier drop of the folder ended, which this one answers. */
  seen?: FinalResult;
  effect: Effect;
}

/** A sample, and where it is or will be in the bucket. */
export interface PlannedSample extends LocalSample {
  key: string;
  /** Whether the bucket has it with the same content. */
  isThere: boolean;
}

/** What folders are compared with. */
export interface ComparedBucket extends Comparison {
  reader: BucketReader;
}

/** The destination of a folder: below the place, under its own name. */
export function placeOf({ name }: LocalVoiceFolder, { bucket, prefix }: S3Place): S3Place {
  return { bucket, prefix: `${prefix}${name.normalize()}/` };
}

/**
 * Compares a folder with the bucket. If the bucket has a name in another Unicode form, that form stays; other names are
 * normalized to NFC.
 *
 * @throws {ProgramError} if the bucket has other samples that would be used too, or S3 fails
 */
export async function planFolder(
  folder: LocalVoiceFolder,
  { samples, manifest }: CheckedFolder,
  place: S3Place,
  compared: ComparedBucket,
): Promise<PlannedFolder> {
  const { bucket, prefix } = place;
  const { reader } = compared;
  refuseNamesThatAreOne(samples);
  return inBucket(bucket, async () => {
    const objects = await listObjects(reader, prefix);
    const planned: PlannedSample[] = [];
    for (const sample of samples) {
      const object = objects.get(sample.name.normalize());
      const key = prefix + (object?.name ?? sample.name.normalize());
      const isThere =
        object !== undefined && (await isSameContent({ bucket, key }, object, sample, compared));
      planned.push({ ...sample, key, isThere });
    }
    if (!manifest?.files) refuseOtherRecordings([...objects.values()], planned, place);
    refuseLongKeys(planned);
    const found = await resultIn(reader, place, objects);
    const isSame =
      found !== undefined &&
      found !== 'unreadable' &&
      manifest !== undefined &&
      planned.every(({ isThere }) => isThere) &&
      isOfTheseFiles(found, manifest, objects);
    return {
      folder,
      place,
      manifest: { bucket, key: prefix + MANIFEST_NAME },
      samples: planned,
      ...(manifest && { checked: manifest }),
      effect: effectOf(found, isSame),
      ...(found && found !== 'unreadable' && isFinal(found) && { seen: found }),
      ...(isSame && found.status === 'succeeded' && { cloned: found }),
    };
  });
}

/** The folder's own result, of whatever manifest: a copied folder has the result of the original. `unreadable` if S3 refuses it. */
async function resultIn(
  reader: BucketReader,
  { prefix }: S3Place,
  objects: ReadonlyMap<string, ListedObject>,
): Promise<Result | 'unreadable' | undefined> {
  if (!objects.has(RESULT_NAME)) return undefined;
  const key = prefix + RESULT_NAME;
  const stored = await unlessRefused(reader.get(key));
  if (stored && 'refusal' in stored) return 'unreadable';
  return stored && parseResult(stored, { key }).result;
}

/**
 * Whether a result is about the manifest and samples that are there now, and the local manifest says the same as that one.
 * Compares content, not times, which S3 gives in whole seconds.
 */
function isOfTheseFiles(
  result: Result,
  manifest: Manifest,
  objects: ReadonlyMap<string, ListedObject>,
): boolean {
  if (unquoted(objects.get(MANIFEST_NAME)?.etag ?? '') !== result.manifest.etag) return false;
  const { samples } = judgeSamples(manifest, [...objects.values()], Infinity);
  return result.fingerprint === fingerprintOf(manifest, samples);
}

interface ListedObject extends FolderFile {
  etag: string;
}

/** The objects below a prefix, by name in NFC. */
export async function listObjects(reader: BucketReader, prefix: string): Promise<Map<string, ListedObject>> {
  const objects = new Map<string, ListedObject>();
  for await (const page of reader.list(prefix)) {
    for (const { Key = '', Size = 0, ETag = '' } of page) {
      const name = Key.slice(prefix.length);
      objects.set(name.normalize(), { name, size: Size, etag: ETag, content: ETag });
    }
  }
  return objects;
}

/** Without `files`, the function uses all recordings, including older ones. */
function refuseOtherRecordings(objects: ListedObject[], samples: PlannedSample[], place: S3Place): void {
  const keys = new Set(samples.map(({ key }) => key));
  const others = directAudioFiles(objects)
    .map(({ name }) => name)
    .filter((name) => !keys.has(place.prefix + name));
  if (others.length === 0) return;
  throw new ProgramError(
    `${s3Url(place)} holds recordings that the folder does not, and the voice would be cloned from them too: ` +
      `${listed(others)}. Delete them there (aws s3 rm), or list ` +
      'the samples under "files" in manifest.json',
    exitCodes.notMade,
  );
}

function refuseNamesThatAreOne(samples: readonly LocalSample[]): void {
  const [twice] = namesakes(samples);
  if (twice === undefined) return;
  throw new ProgramError(
    `two recordings are called ${onOneLine(twice.name.normalize())}: their names differ only in how accents are stored. Rename one`,
    exitCodes.notMade,
  );
}

function refuseLongKeys(samples: PlannedSample[]): void {
  const long = samples.find(({ key }) => Buffer.byteLength(key) > MAX_KEY_BYTES);
  if (!long) return;
  throw new ProgramError(
    `${onOneLine(long.name)} has too long a path for S3, which takes ${MAX_KEY_BYTES.toLocaleString('en')} bytes: ${onOneLine(long.key)}`,
    exitCodes.notMade,
  );
}
