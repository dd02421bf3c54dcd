import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { type LocalVoiceFolder } from '../voice-folders.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { markOf } from '../../voice-folder/mark.ts';
import { judgeSamples } from '../../voice-folder/judge-samples.ts';
import { parseManifest } from '../../voice-folder/parse-manifest.ts';
import { listFiles } from '../check/local-files.ts';
import { uploadFile } from './upload-file.ts';

/**
 * Uploads a voice folder below the prefix, without hidden files. The manifest comes last and is marked, so the function
 * need not wait.
 *
 * @param onUploaded called after each upload; sizes in bytes
 * @returns the manifest's key
 */
export async function dropFolder(
  s3: S3Client,
  folder: LocalVoiceFolder,
  to: { bucket: string; prefix: string },
  onUploaded: (name: string, size: number) => void,
): Promise<string> {
  const files = (await listFiles(folder.path))
    .filter(({ name }) => name.split('/').every((segment) => !segment.startsWith('.')))
    .toSorted((a, b) => Number(a.name === MANIFEST_NAME) - Number(b.name === MANIFEST_NAME));
  const parsed = parseManifest(await readFile(join(folder.path, MANIFEST_NAME)));
  const { samples } = judgeSamples(parsed.ok ? parsed.manifest : {}, files, Infinity);
  for (const { name, path, size } of files) {
    const object = { bucket: to.bucket, key: to.prefix + name };
    const options = name === MANIFEST_NAME ? { metadata: markOf(to.prefix + MANIFEST_NAME, samples) } : {};
    await uploadFile(s3, { path, size }, object, options);
    onUploaded(name, size);
  }
  return to.prefix + MANIFEST_NAME;
}
