import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wav } from '../../support/wav.ts';

/** Voice folders on disk; what is remembered of them is beside them, in `…-cache`. */
export interface LocalFolders {
  path: string;
  /** Replaces the first sample of the first folder with another one of the same size. */
  changeOne(): Promise<void>;
  remove(): Promise<void>;
}

/** Makes voice folders with this many samples each. All samples differ in size and content. */
export async function makeFolders(
  folders: number,
  samples: number,
  sampleBytes: number,
): Promise<LocalFolders> {
  const path = await mkdtemp(join(tmpdir(), 'callers-bench-'));
  let made = 0;
  let changes = 0;
  for (let folder = 0; folder < folders; folder++) {
    const name = `voice-${String(folder).padStart(3, '0')}`;
    await mkdir(join(path, name));
    for (let sample = 0; sample < samples; sample++) {
      await writeFile(join(path, name, `${sample}.wav`), wav(sampleBytes + 2 * made++));
    }
    await writeFile(join(path, name, 'manifest.json'), JSON.stringify({ name }));
  }
  return {
    path,
    async changeOne() {
      const bytes = wav(sampleBytes);
      // Different content each time.
      bytes.fill(++changes, sampleBytes / 2);
      await writeFile(join(path, 'voice-000', '0.wav'), bytes);
    },
    async remove() {
      await rm(path, { recursive: true });
      await rm(`${path}-cache`, { recursive: true, force: true });
    },
  };
}
