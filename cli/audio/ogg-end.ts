import { endOf } from './file-bytes.ts';

/** RFC 3533, section 6: a 27-byte header, up to 255 segment lengths, and the segments. */
const MAX_PAGE_BYTES = 27 + 255 + 255 * 255;

/**
 * Whether the last page of an Ogg file is cut off. Does not rely on the last-page flag, which many programs
 * omit.
 *
 * @param size of the file in bytes
 */
export async function endsInPage(path: string, size: number): Promise<boolean> {
  const end = await endOf(path, size, MAX_PAGE_BYTES);
  const at = end.lastIndexOf('OggS');
  if (at < 0 || at + 27 > end.length) return at >= 0;
  const lengths = end.subarray(at + 27, at + 27 + (end[at + 26] ?? 0));
  return at + 27 + lengths.length + lengths.reduce((sum, length) => sum + length, 0) > end.length;
}
