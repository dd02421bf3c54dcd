/** One upload from the source to the sink, of samples that have the same size. */
export interface Job {
  /** URL of the source, which emulates S3. */
  source: string;
  /** URL of the sink, which emulates the API. */
  sink: string;
  /** A new folder for each upload, because the function claims a folder and writes a result into it. */
  folder: string;
  count: number;
  /** The size of each sample. */
  bytes: number;
  /** Folder of the function's bundle. */
  lambda: string;
  /** Folder with the packages that the product is compared with. */
  peers?: string;
}

/** Prepares an upload, for example loads modules, and returns the upload itself. Only the latter is measured. */
export type Candidate = (job: Job) => () => Promise<Uploaded | void>;

/** What a candidate reports if it starts other programs: only it can measure them. */
export interface Uploaded {
  cpuSeconds: number;
}

/** An uploader process's measurements of itself. */
export interface Report {
  seconds: number;
  cpuSeconds: number;
  /** In bytes; missing if other programs do the work. */
  peakRss?: number;
}

/** The bucket of the source of samples. */
export const BUCKET = 'samples';

/** The name of a folder says what is in it, so that the source can generate its samples and its manifest. */
export function prefixOf({ folder, count, bytes }: Job): string {
  return `${folder}/${count}x${bytes}/`;
}

/** The names of a job’s samples, such as `01.wav`, in order. */
export function sampleNames({ count }: Job): string[] {
  return Array.from({ length: count }, (_, index) => `${String(index + 1).padStart(2, '0')}.wav`);
}

/** Where the source has a sample. */
export function sampleUrl(job: Job, name: string): string {
  return `${job.source}/${BUCKET}/${prefixOf(job)}${name}`;
}

/** The same job with a single sample of the total size. */
export function asOneSample(job: Job): Job {
  return { ...job, count: 1, bytes: job.count * job.bytes };
}
