import type { Span } from '../audio/measure.ts';
import type { Problem } from '../check/checked-folder.ts';
import type { Side } from './mend.ts';

/** What happens to a voice folder. */
export interface Preparation {
  samples: Prepared[];
  leftOut: { name: string; why: string }[];
  /** What only a new recording can fix. */
  notMended: Problem[];
}

/** A sample in the new folder. */
export interface Prepared {
  name: string;
  /** What it is made of: one recording, or several that are joined. */
  from: Part[];
  /** Whether it is the same file. */
  isCopy: boolean;
  /** Undefined if that is not known. */
  seconds?: number;
}

/** What is taken of a recording, in its own time. */
export interface Part extends Side {
  name: string;
  /** The codes of what is mended. */
  mends: string[];
  seconds?: number;
  /** Undefined for all. */
  keep?: Span[];
  /** In dB. */
  gain?: number;
}
