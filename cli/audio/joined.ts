import { latin1, viewOf } from '../../shared/bytes.ts';
import { bytesAt, everyChunk } from './file-bytes.ts';

/**
 * Whether another file of the same format follows the end of the first, as after `cat one.wav two.wav` or if a page keeps two takes of
 * MediaRecorder in one Blob. Programs differ in whether they read it. MP3, AAC, Ogg and AU may be joined so: all are read to their end.
 *
 * @param start the first 4 KiB, or all bytes if there are fewer
 * @param size of the file in bytes
 */
export async function isJoined(
  path: string,
  container: string | undefined,
  start: Uint8Array,
  size: number,
): Promise<boolean> {
  const again = container === undefined ? undefined : beginnings[container];
  if (again) return isFoundAfter(path, again);
  const end = container === undefined ? 0 : endByHeader(container, viewOf(start));
  if (end === 0 || end >= size) return false;
  // A chunk of an odd length has a byte more.
  return latin1(await bytesAt(path, end, 5)).includes(latin1(start.subarray(0, 4)));
}

/** Where the file ends by its header; 0 if it does not say. */
function endByHeader(container: string, header: DataView): number {
  if (header.byteLength < 28) return 0;
  if (container === 'WAV') return 8 + header.getUint32(4, true);
  if (container === 'AIFF') return 8 + header.getUint32(4);
  return container === 'RF64' ? 8 + Number(header.getBigUint64(20, true)) : 0;
}

/** RFC 8794, section 11.2. */
const EBML = /E\xDF\xA3[^]{1,40}(?:webm|matroska)/;

/** How the files begin whose headers do not say where they end. FLAC: RFC 9639, section 8.2. */
const beginnings: Record<string, RegExp> = { FLAC: /fLaC[\0\x80]\0\0\x22/, Matroska: EBML, WebM: EBML };

/** The longest {@link beginnings}. */
const LONGEST = 64;

async function isFoundAfter(path: string, beginning: RegExp): Promise<boolean> {
  let rest = '';
  const isMissing = (chunk: Uint8Array) => {
    const text = rest + latin1(chunk);
    rest = text.slice(-LONGEST);
    return !beginning.test(text);
  };
  return !(await everyChunk(path, isMissing, LONGEST));
}
