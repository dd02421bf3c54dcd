/** A part of a recording, in seconds. */
export interface Place {
  from: number;
  to: number;
  /** From 1, which is the left one of two; undefined if it is in all. */
  channel?: number;
}

/** To the millisecond. */
export function place(from: number, to: number, channel?: number): Place {
  return { from: rounded(from), to: rounded(to), ...(channel !== undefined && { channel }) };
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(3));
}
