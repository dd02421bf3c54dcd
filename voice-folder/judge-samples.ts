import { audioMediaType } from '../shared/audio-formats.ts';
import type { Fault } from './fault.ts';
import type { Manifest } from './manifest.ts';
import { MANIFEST_NAME, RESULT_NAME } from './names.ts';
import { sentOf } from './sent-samples.ts';

/** A file in a voice folder, named relative to it. */
export interface FolderFile {
  name: string;
  size: number;
  /** Two files with the same size and the same value have the same content. */
  content: string;
}

/** A sample, and the earlier sample with the same content, if any. */
export type JudgedSample<File extends FolderFile> = File & { sameAs: string | undefined };

/** Why samples cannot be sent. */
export type SampleFault = Extract<
  Fault,
  | { names: readonly string[] }
  | { code: 'NO_SAMPLES' | 'NOT_AUDIO' }
  | { maxSamples: number }
  | { bytes: number }
>;

/** Far more than providers accept. Each sample costs a request, and each subfolder costs a listing. */
export const MAX_SAMPLES = 1_000;

/**
 * Selects the samples of a manifest from the files in its folder, and returns every fault that prevents
 * sending them, most urgent first.
 */
export function judgeSamples<File extends FolderFile>(
  { files }: Pick<Manifest, 'files'>,
  found: readonly File[],
  maxTotalBytes: number,
): { samples: JudgedSample<File>[]; faults: SampleFault[] } {
  const find = finderIn(found);
  const missing = files?.filter((name) => !find(name)) ?? [];
  // The manifest may list one file twice, in two Unicode normalization forms.
  const chosen = files ? [...new Set(files.flatMap((name) => find(name) ?? []))] : directAudioFiles(found);
  if ((files ?? chosen).length > MAX_SAMPLES) {
    return { samples: [], faults: [{ code: 'TOO_LARGE', maxSamples: MAX_SAMPLES }] };
  }
  const samples = chosen.map((file) => ({ ...file, sameAs: firstTwin(file, chosen) }));
  const empty = samples.filter(({ size }) => size === 0).map(({ name }) => name);
  const bytes = sentOf(samples).reduce((sum, { size }) => sum + size, 0);
  const faults: SampleFault[] = [];
  if (missing.length > 0) faults.push({ code: 'MISSING_SAMPLES', names: missing });
  if (!files && chosen.length === 0) faults.push({ code: 'NO_SAMPLES' });
  if (empty.length > 0) faults.push({ code: 'EMPTY_SAMPLE', names: empty });
  // It changes during the clone, so that it could not even be read to the end.
  const own = samples.find(({ name }) => name === MANIFEST_NAME || name === RESULT_NAME);
  if (own) faults.push({ code: 'NOT_AUDIO', name: own.name, found: 'JSON' });
  if (bytes > maxTotalBytes) faults.push({ code: 'TOO_LARGE', bytes, maxBytes: maxTotalBytes });
  return { samples, faults };
}

/** The samples of a folder whose manifest does not list `files`. */
export function directAudioFiles<File extends Pick<FolderFile, 'name'>>(files: readonly File[]): File[] {
  return (
    files
      // Hidden files are not recordings: macOS writes `._one.mp3` next to `one.mp3` on non-Apple file
      // systems.
      .filter(
        ({ name }) => !name.includes('/') && !name.startsWith('.') && audioMediaType(name) !== undefined,
      )
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  );
}

/** Finds a file by exact name, or else by Unicode-normalized name: macOS uploads decomposed names (NFD). */
function finderIn<File extends FolderFile>(files: readonly File[]): (name: string) => File | undefined {
  const exactly = new Map(files.map((file) => [file.name, file]));
  const normalized = new Map(files.map((file) => [file.name.normalize(), file]));
  return (name) => exactly.get(name) ?? normalized.get(name.normalize());
}

/** Finds an earlier sample with the same content: providers reject duplicate files. */
function firstTwin({ name, content, size }: FolderFile, samples: readonly FolderFile[]): string | undefined {
  const first = samples.find((other) => other.content === content && other.size === size);
  return first && first.name !== name ? first.name : undefined;
}
