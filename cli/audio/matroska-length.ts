import type { Walker } from './walker.ts';

/**
 * RFC 8794, sections 4 to 6, and RFC 9559, sections 5.1 and 10: adds up from the first to the last block of sound, because the length in
 * the header is missing in what browsers record, and that of the whole in a part.
 */
export function blocksOf(): Walker {
  let seconds = 0;
  let movie = newMovie();
  const endMovie = () => {
    const { scale, first, last, step } = movie;
    if (first !== undefined) seconds += ((last - first + step) * scale) / 1e9;
    movie = newMovie();
  };
  return {
    take(bytes) {
      if (bytes.length < LONGEST_ELEMENT_HEAD) return 0;
      const idLength = Math.clz32((bytes[0] ?? 0) << 24) + 1;
      const size = sizeAt(bytes, idLength);
      // Something else, or damaged.
      if (idLength > 4 || !size) return Infinity;
      const id = bytes.readUIntBE(0, idLength);
      const head = idLength + size.length;
      if (id === ELEMENT.EBML) endMovie();
      if (opened.has(id)) return head;
      const number = () => bytes.subarray(head, head + size.value).reduce((sum, each) => sum * 256 + each, 0);
      if (id === ELEMENT.TrackNumber) movie.track = number();
      if (id === ELEMENT.TrackType && number() === SOUND) movie.sound ??= movie.track;
      if (id === ELEMENT.TimestampScale) movie.scale = number();
      if (id === ELEMENT.Timestamp) movie.cluster = number();
      if (id === ELEMENT.SimpleBlock || id === ELEMENT.Block) {
        const track = sizeAt(bytes, head);
        if (track && track.value === movie.sound)
          meet(movie, movie.cluster + bytes.readInt16BE(head + track.length));
      }
      return head + size.value;
    },
    seconds() {
      endMovie();
      return seconds > 0 ? seconds : undefined;
    },
  };
}

/** Of an element's identifier, its length, and the start of a block or a number. */
const LONGEST_ELEMENT_HEAD = 4 + 8 + 8;

const ELEMENT = {
  EBML: 0x1a_45_df_a3,
  Segment: 0x18_53_80_67,
  Info: 0x15_49_a9_66,
  TimestampScale: 0x2a_d7_b1,
  Tracks: 0x16_54_ae_6b,
  TrackEntry: 0xae,
  TrackNumber: 0xd7,
  TrackType: 0x83,
  Cluster: 0x1f_43_b6_75,
  Timestamp: 0xe7,
  SimpleBlock: 0xa3,
  BlockGroup: 0xa0,
  Block: 0xa1,
} as const;

/** Elements whose children count. */
const opened = new Set<number>([
  ELEMENT.Segment,
  ELEMENT.Info,
  ELEMENT.Tracks,
  ELEMENT.TrackEntry,
  ELEMENT.Cluster,
  ELEMENT.BlockGroup,
]);

/** The type of a track. */
const SOUND = 2;

/** Times are in units of `scale` nanoseconds. */
interface Movie {
  scale: number;
  /** The number of the track that was described last, and of the first of sound. */
  track: number;
  sound?: number;
  /** When the current cluster begins. */
  cluster: number;
  /** The times of the first and the last block of sound. */
  first?: number;
  last: number;
  /** From one block to the next. */
  step: number;
}

function newMovie(): Movie {
  return { scale: 1_000_000, track: 0, cluster: 0, last: 0, step: 0 };
}

function meet(movie: Movie, time: number): void {
  if (movie.first === undefined) movie.first = movie.last = time;
  if (time <= movie.last) return;
  movie.step = time - movie.last;
  movie.last = time;
}

/** A number of variable length, as sizes are written; undefined if there is none, 0 if the size is unknown. */
function sizeAt(bytes: Buffer, at: number): { length: number; value: number } | undefined {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first << 24) + 1;
  if (length > 8) return undefined;
  let value = first & (0xff >> length);
  let isUnknown = value === 0xff >> length;
  for (const byte of bytes.subarray(at + 1, at + length)) {
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { length, value: isUnknown ? 0 : value };
}
