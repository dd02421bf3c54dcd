import { audioMediaType } from '../shared/media-types.ts';
import type { Fault } from './errors.ts';
import type { Manifest } from './manifest.ts';

/** A file in a voice folder; its name is relative to the folder. */
export interface FolderFile {
  name: string;
  size: number;
  /** Two files of one size and the same of this have the same content. */
  content: string;
}

/** A sample, and the earlier one with the same content, if there is one. */
export type JudgedSample<File extends FolderFile> = File & { sameAs: string | undefined };

/** What keeps samples from being sent. */
export type SampleFault = Extract<
  Fault,
  { names: readonly string[] } | { code: 'NO_SAMPLES' } | { maxSamples: number } | { bytes: number }
>;

/** Far more than providers take. Each costs a request, and each folder below that it lies in a listing. */
export const MAX_SAMPLES = 1_000;

/**
 * Finds the samples that a manifest asks for among the files of its folder, and says what keeps them from being sent:
 * all of it, and first what to mend first.
 */
export function judgeSamples<File extends FolderFile>(
  { files }: Pick<Manifest, 'files'>,
  found: readonly File[],
  maxTotalBytes: number,
): { samples: JudgedSample<File>[]; faults: SampleFault[] } {
  const find = finderIn(found);
  const missing = files?.filter((name) => !find(name)) ?? [];
  // One file may be named in two Unicode forms.
  const chosen = files ? [...new Set(files.flatMap((name) => find(name) ?? []))] : directAudioFiles(found);
  if ((files ?? chosen).length > MAX_SAMPLES) {
    return { samples: [], faults: [{ code: 'TOO_LARGE', maxSamples: MAX_SAMPLES }] };
  }
  const samples = chosen.map((file) => ({ ...file, sameAs: firstTwin(file, chosen) }));
  const unique = samples.filter(({ sameAs }) => sameAs === undefined);
  const empty = unique.filter(({ size }) => size === 0).map(({ name }) => name);
  const bytes = unique.reduce((sum, { size }) => sum + size, 0);
  const faults: SampleFault[] = [];
  if (missing.length > 0) faults.push({ code: 'MISSING_SAMPLES', names: missing });
  if (!files && chosen.length === 0) faults.push({ code: 'NO_SAMPLES' });
  if (empty.length > 0) faults.push({ code: 'EMPTY_SAMPLE', names: empty });
  if (bytes > maxTotalBytes) faults.push({ code: 'TOO_LARGE', bytes, maxBytes: maxTotalBytes });
  return { samples, faults };
}

/** The samples of a folder whose manifest lists none. */
export function directAudioFiles<File extends FolderFile>(files: readonly File[]): File[] {
  return (
    files
      // Hidden files are no recordings: macOS puts a `._one.mp3` beside each `one.mp3` on foreign disks.
      .filter(
        ({ name }) => !name.includes('/') && !name.startsWith('.') && audioMediaType(name) !== undefined,
      )
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  );
}

/** By its exact name, or else by the same name in another Unicode form: macOS uploads decomposed names (NFD). */
function finderIn<File extends FolderFile>(files: readonly File[]): (name: string) => File | undefined {
  const exactly = new Map(files.map((file) => [file.name, file]));
  const normalized = new Map(files.map((file) => [file.name.normalize(), file]));
  return (name) => exactly.get(name) ?? normalized.get(name.normalize());
}

/** An earlier sample with the same content: providers refuse to get the same file twice. */
function firstTwin({ name, content, size }: FolderFile, samples: readonly FolderFile[]): string | undefined {
  const first = samples.find((other) => other.content === content && other.size === size);
  return first && first.name !== name ? first.name : undefined;
}
