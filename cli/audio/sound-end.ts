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
  if (container === 'NIST SPHERE') return sphereEnd(latin1(start));
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

/** Fields of the header (NIST SPHERE, "Speech Header Resources"); the sound follows in so many bytes, unless it is compressed. */
function sphereEnd(header: string): number {
  if (/^sample_coding .*embedded/m.test(header)) return 0;
  const [count = 0, channels = 0, bytes = 0] = ['sample_count', 'channel_count', 'sample_n_bytes'].map(
    (field) => Number(new RegExp(`^${field} -i (\\d+)`, 'm').exec(header)?.[1] ?? 0),
  );
  const length = count * channels * bytes;
  return length > 0 ? Number(header.split('\n', 2)[1]) + length : 0;
}
