import { open } from 'node:fs/promises';
import { latin1, viewOf } from '../../shared/bytes.ts';
import { isPipedLength } from '../../shared/wav-format.ts';
import { bytesAt } from './file-bytes.ts';
import { boxesOf } from './mp4-boxes.ts';

/**
 * Where other files of the same format begin behind the first, as after `cat one.wav two.wav` or if a page keeps two takes of
 * MediaRecorder in one Blob; mostly nowhere. Programs differ in whether they read them. MP3, AAC, Ogg and AU may be joined so: all are
 * read to their end.
 *
 * @param start the first 4 KiB, or all bytes if there are fewer
 * @param size of the file in bytes
 * @param first where the first file begins @default 0
 */
export async function jointsIn(
  path: string,
  container: string | undefined,
  start: Uint8Array,
  size: number,
  first = 0,
): Promise<number[]> {
  if (container === undefined) return [];
  if (container === 'MP4') return movieJoints(path, size);
  const length = lengthByHeader(container, viewOf(start));
  const again = beginnings[container];
  if (length === undefined) return again ? joinedAt(path, first, size, again) : [];
  return headerJoints(path, container, start, size);
}

/** By boxes that only begin a file. */
async function movieJoints(path: string, size: number): Promise<number[]> {
  const joints: number[] = [];
  for await (const { name, at } of boxesOf(path, size)) if (name === 'ftyp' && at > 0) joints.push(at);
  return joints;
}

/** By the lengths in the headers. */
async function headerJoints(
  path: string,
  container: string,
  start: Uint8Array,
  size: number,
): Promise<number[]> {
  const joints: number[] = [];
  let head = start;
  for (let at = 0; ;) {
    const length = lengthByHeader(container, viewOf(head)) ?? 0;
    if (length === 0 || at + length >= size) return joints;
    const next = await bytesAt(path, at + length, HEADER + 1);
    // A chunk of an odd length has a byte more.
    const padding = latin1(next.subarray(0, 5)).indexOf(latin1(start.subarray(0, 4)));
    if (padding < 0) return joints;
    at += length + padding;
    head = next.subarray(padding);
    joints.push(at);
  }
}

/** In bytes. */
const HEADER = 28;

/** The length of a file by its header; undefined if the format, or the program that wrote to a pipe, does not say it. */
function lengthByHeader(container: string, header: DataView): number | undefined {
  if (header.byteLength < HEADER) return container in beginnings ? undefined : 0;
  if (container === 'AIFF') return 8 + header.getUint32(4);
  if (container === 'RF64') return 8 + Number(header.getBigUint64(20, true));
  if (container !== 'WAV') return undefined;
  const length = header.getUint32(4, true);
  return isPipedLength(length) ? undefined : 8 + length;
}

interface Beginning {
  /** What is quick to find. */
  marker: Buffer;
  /** The marker, and what follows. */
  whole: RegExp;
}

/** RFC 8794, section 11.2. */
const EBML = beginning('\x1aE\xdf\xa3', /^.{4}[^]{1,40}(?:webm|matroska)/s);

/** How the files begin whose headers do not say where they end. FLAC: RFC 9639, section 8.2. */
const beginnings: Record<string, Beginning> = {
  CAF: beginning('caff\0\x01', /^.{8}desc/s),
  FLAC: beginning('fLaC', /^fLaC[\0\x80]\0\0\x22/),
  Matroska: EBML,
  WAV: beginning('RIFF', /^.{8}WAVE(?:fmt |JUNK|bext|LIST)/s),
  WebM: EBML,
  WMA: beginning('\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c', /^/),
};

function beginning(marker: string, whole: RegExp): Beginning {
  return { marker: Buffer.from(marker, 'latin1'), whole };
}

/** The longest {@link beginnings}. */
const LONGEST = 64;
const CHUNK = 1024 * 1024;

/** By searching all bytes. */
async function joinedAt(
  path: string,
  start: number,
  size: number,
  { marker, whole }: Beginning,
): Promise<number[]> {
  const joints: number[] = [];
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(CHUNK + LONGEST);
    let kept = 0;
    for (let position = start + LONGEST; position < size;) {
      const { bytesRead } = await file.read(buffer, kept, CHUNK, position);
      if (bytesRead === 0) break;
      const bytes = buffer.subarray(0, kept + bytesRead);
      const first = position - kept;
      position += bytesRead;
      // What may go on in the next chunk is looked at with it.
      const end = position < size ? Math.max(0, bytes.length - LONGEST) : bytes.length;
      for (let at = bytes.indexOf(marker); at >= 0 && at < end; at = bytes.indexOf(marker, at + 1)) {
        if (whole.test(latin1(bytes.subarray(at, at + LONGEST)))) joints.push(first + at);
      }
      kept = bytes.length - end;
      buffer.copyWithin(0, end, bytes.length);
    }
  } finally {
    await file.close();
  }
  return joints;
}
