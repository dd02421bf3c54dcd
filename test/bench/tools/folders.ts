import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wav } from '../../support/wav.ts';

/** Voice folders on this machine. */
export interface LocalFolders {
  path: string;
  /** Makes the first sample of the first folder another one of the same size. */
  changeOne(): Promise<void>;
  remove(): Promise<void>;
}

/** Makes so many voice folders of so many samples; no two samples are alike, in size or in content. */
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
      // Each time otherwise.
      bytes.fill(++changes, sampleBytes / 2);
      await writeFile(join(path, 'voice-000', '0.wav'), bytes);
    },
    remove: () => rm(path, { recursive: true }),
  };
}
