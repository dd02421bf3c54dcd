/** Boxes around the edit list of the first track, from the outside. */
const AROUND = ['moov', 'trak', 'edts', 'elst'];

/**
 * Replaces the edit list of an M4A whose index comes last, as phones and QuickTime do when they trim: nothing of the sound is removed.
 *
 * @param edits what is to be heard, in seconds
 */
export function withEdits(file: Buffer, edits: readonly (readonly [from: number, to: number])[]): Buffer {
  const at = (name: string) => file.indexOf(name);
  const [movieScale, scale] = [at('mvhd'), at('mdhd')].map((box) => file.readUInt32BE(box + 16)) as [
    number,
    number,
  ];
  const list = at('elst');
  const count = file.readUInt32BE(list + 8);
  const entries = edits.map(([from, to]) => {
    const entry = Buffer.alloc(12);
    entry.writeUInt32BE(Math.round((to - from) * movieScale), 0);
    entry.writeInt32BE(Math.round(from * scale), 4);
    entry.writeUInt32BE(0x1_00_00, 8);
    return entry;
  });
  const edited = Buffer.concat([
    file.subarray(0, list + 12),
    ...entries,
    file.subarray(list + 12 + 12 * count),
  ]);
  edited.writeUInt32BE(edits.length, list + 8);
  for (const box of AROUND.map(at)) {
    edited.writeUInt32BE(file.readUInt32BE(box - 4) + 12 * (edits.length - count), box - 4);
  }
  const seconds = edits.reduce((sum, [from, to]) => sum + to - from, 0);
  edited.writeUInt32BE(Math.round(seconds * movieScale), at('mvhd') + 20);
  edited.writeUInt32BE(Math.round(seconds * movieScale), at('tkhd') + 24);
  return edited;
}
