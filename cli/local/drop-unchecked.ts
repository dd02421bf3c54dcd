import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { isHidden } from '../../voice-folder/ignored-files.ts';
import { judgeSamples } from '../../voice-folder/judge-samples.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { parseManifest } from '../../voice-folder/parse-manifest.ts';
import { listFiles } from '../check/local-files.ts';
import { startProgress } from '../drop/progress.ts';
import { uploadFolder } from '../drop/upload-folder.ts';
import { limit } from '../limit.ts';
import type { S3Place } from '../s3/url.ts';
import type { LocalVoiceFolder } from '../voice-folders.ts';

/**
 * Uploads a folder as `drop` does, but without checking it first, and with the files that are no samples: so the function
 * itself reports what is wrong. Leaves out hidden files.
 */
export async function dropUnchecked(
  s3: S3Client,
  folder: LocalVoiceFolder,
  { bucket, prefix }: S3Place,
  { verbose = false }: { verbose?: boolean } = {},
): Promise<void> {
  const files = (await listFiles(folder.path))
    .filter(({ name }) => name !== MANIFEST_NAME && !isHidden(name))
    .map((file) => ({ ...file, key: prefix + file.name, isThere: false }));
  const parsed = parseManifest(await readFile(join(folder.path, MANIFEST_NAME)));
  const judged = judgeSamples(parsed.ok ? parsed.manifest : {}, files, Infinity);
  const sampleKeys = new Set(judged.samples.map(({ key }) => key));
  const progress = startProgress(
    files.reduce((total, { size }) => total + size, 0),
    { quiet: !verbose, verbose },
  );
  try {
    await uploadFolder(
      s3,
      {
        folder,
        manifest: { bucket, key: prefix + MANIFEST_NAME },
        samples: files.filter(({ key }) => sampleKeys.has(key)),
        others: files.filter(({ key }) => !sampleKeys.has(key)),
      },
      progress,
      new AbortController().signal,
      { uploadsAtOnce: limit(16) },
    );
  } finally {
    progress.stop();
  }
}
