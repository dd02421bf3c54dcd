/** One upload: so many samples of one size, from the source to the sink. */
export interface Job {
  /** URL of the source, which speaks S3. */
  source: string;
  /** URL of the sink, which stands for the API. */
  sink: string;
  /** A folder of its own in the bucket: the function writes its claim there. */
  folder: string;
  count: number;
  /** Size of each sample. */
  bytes: number;
  /** Where the function's bundle is. */
  lambda: string;
  /** Where the packages that the product is compared with are installed. */
  peers?: string;
}

/** Gets everything ready that is not part of the upload, such as loading modules, and hands out the upload itself. */
export type Candidate = (job: Job) => () => Promise<Uploaded | void>;

/** What can only be known by whoever starts other programs. */
export interface Uploaded {
  cpuSeconds: number;
}

/** What an uploader process found out about itself. */
export interface Report {
  seconds: number;
  cpuSeconds: number;
  /** Resident memory, as it was seen every 10 ms; not where other programs do the work. */
  peakRss?: number;
  /** The system's own maximum; on Linux it begins with what the process that started this one held. */
  maxRss?: number;
}

export const BUCKET = 'samples';

/** Samples are in folders that say what is in them; those folders exist by themselves, and so do their manifests. */
export function prefixOf({ folder, count, bytes }: Job): string {
  return `${folder}/${count}x${bytes}/`;
}

export function sampleNames({ count }: Job): string[] {
  return Array.from({ length: count }, (_, index) => `${String(index + 1).padStart(2, '0')}.wav`);
}

export function sampleUrl(job: Job, name: string): string {
  return `${job.source}/${BUCKET}/${prefixOf(job)}${name}`;
}

/** One sample that has as many bytes as all of the job's together. */
export function asOneSample(job: Job): Job {
  return { ...job, count: 1, bytes: job.count * job.bytes };
}
