import { basename, extname } from 'node:path';
import { expect, it } from 'vitest';
import { hasNoSound, plainlyNotAudio, SNIFF_BYTES } from '../../shared/not-audio.ts';
import { audioFiles, startOf } from './corpora.ts';

/** These have headers and not one byte of sound. */
const EMPTY = ['is.wav', 'test-44100Hz-le-1ch-4bytes-early-eof-no-data.wav'];

it('no recording that others made is refused', () => {
  const files = audioFiles();
  const refused = files.flatMap((path) => {
    const { start, size } = startOf(path, SNIFF_BYTES);
    const found = plainlyNotAudio(start, size) ?? (hasNoSound(start, size) ? 'NO_SOUND' : undefined);
    return found === undefined ? [] : [{ name: basename(path), size, found }];
  });
  const byExtension = Object.groupBy(files, (path) => extname(path).toLowerCase());
  const counts = Object.entries(byExtension).map(([extension, paths = []]) => `${paths.length} ${extension}`);
  console.log(`${files.length} files: ${counts.join(', ')}; ${refused.length} without sound`);
  expect(files.length).toBeGreaterThan(5_000);
  expect(Object.keys(byExtension).length).toBeGreaterThan(8);
  expect(refused.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
    EMPTY.map((name) => ({ name, size: expect.any(Number) as number, found: 'NO_SOUND' })),
  );
});
