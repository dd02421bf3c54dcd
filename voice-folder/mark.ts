/**
 * User metadata on a manifest's S3 object: how many samples were uploaded before it, and their total bytes. A
 * folder that contains exactly these is complete without having to settle first.
 */
export type Mark = Record<typeof COUNT | typeof BYTES, string>;

const COUNT = 'voice-samples';
const BYTES = 'voice-bytes';

/** The mark for a manifest that is uploaded after these samples. */
export function markOf(samples: readonly { size: number }[]): Mark {
  const bytes = samples.reduce((sum, { size }) => sum + size, 0);
  return { [COUNT]: String(samples.length), [BYTES]: String(bytes) };
}

/** Whether a manifest with this metadata was uploaded after exactly these samples. */
export function isMarked(metadata: Record<string, string>, samples: readonly { size: number }[]): boolean {
  const mark = markOf(samples);
  return metadata[COUNT] === mark[COUNT] && metadata[BYTES] === mark[BYTES];
}
