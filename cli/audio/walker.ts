import { createReadStream } from 'node:fs';

/** Adds up the length of a file from its first byte to the last, in pieces as they are read. */
export interface Walker {
  /** Takes what is at the start of these bytes. @returns how many to go on, 0 if more are needed, `Infinity` for no more */
  take(bytes: Buffer): number;
  seconds(): number | undefined;
}

/** The length in seconds that a walker finds in a file. */
export async function walked(path: string, walker: Walker): Promise<number | undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let skip = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let at = skip;
    while (at < bytes.length) {
      const step = walker.take(bytes.subarray(at));
      if (step === 0) break;
      at += step;
    }
    skip = Math.max(0, at - bytes.length);
    if (skip === Infinity) break;
    rest = bytes.subarray(at);
  }
  // What is left is shorter than anything that counts.
  return walker.seconds();
}
