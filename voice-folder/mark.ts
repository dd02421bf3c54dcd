/**
 * A mark on a manifest, in S3's user metadata: how many samples were uploaded before it, and their bytes together. A
 * folder that holds exactly these is complete, and need not come to rest first.
 */
export type Mark = Record<typeof COUNT | typeof BYTES, string>;

const COUNT = 'voice-samples';
const BYTES = 'voice-bytes';

/** The mark for a manifest that is uploaded after all of these samples. */
export function markOf(samples: readonly { size: number }[]): Mark {
  const bytes = samples.reduce((sum, { size }) => sum + size, 0);
  return { [COUNT]: String(samples.length), [BYTES]: String(bytes) };
}

/** Whether a manifest with this metadata was uploaded after exactly these samples. */
export function isMarked(metadata: Record<string, string>, samples: readonly { size: number }[]): boolean {
  const mark = markOf(samples);
  return metadata[COUNT] === mark[COUNT] && metadata[BYTES] === mark[BYTES];
}
