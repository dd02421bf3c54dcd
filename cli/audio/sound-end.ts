import { latin1, viewOf } from '../../shared/bytes.ts';

/** Where the sound ends by the headers of a format that music-metadata cannot read; 0 if they do not say. */
export function soundEnd(container: string, start: Uint8Array): number {
  const view = viewOf(start);
  if (container === 'AU' && start.length >= 12) {
    const length = view.getUint32(8);
    return length === 0xff_ff_ff_ff ? 0 : view.getUint32(4) + length;
  }
  // EBU Tech 3306: the length is in the chunk `ds64`, which comes first.
  if (container === 'RF64' && start.length >= 36) return Number(view.getBigUint64(28, true));
  if (container !== 'CAF') return 0;
  for (let at = 8; at + 12 <= start.length;) {
    const length = Number(view.getBigInt64(at + 4));
    if (length < 0) break;
    const end = at + 12 + length;
    if (latin1(start.subarray(at, at + 4)) === 'data') return end;
    at = end;
  }
  return 0;
}
