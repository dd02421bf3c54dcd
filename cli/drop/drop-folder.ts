import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { type LocalVoiceFolder } from '../voice-folders.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { markOf } from '../../voice-folder/mark.ts';
import { checkFolder } from '../check/check-folder.ts';
import { uploadFile } from './upload-file.ts';

/**
 * Uploads a voice folder below the prefix, the manifest last and marked, so that it is complete when the function sees it.
 * Hidden files stay where they are.
 *
 * @param onUploaded told of each file once it is in the bucket; sizes are in bytes
 * @returns the manifest's key
 */
export async function dropFolder(
  s3: S3Client,
  folder: LocalVoiceFolder,
  to: { bucket: string; prefix: string },
  onUploaded: (name: string, size: number) => void,
): Promise<string> {
  const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder.path, join(entry.parentPath, entry.name)).split(sep))
    .filter((segments) => segments.every((segment) => !segment.startsWith('.')))
    .map((segments) => segments.join('/'))
    .toSorted((a, b) => Number(a === MANIFEST_NAME) - Number(b === MANIFEST_NAME));
  const { samples } = await checkFolder(folder.path);
  for (const name of names) {
    const path = join(folder.path, name);
    const { size } = await stat(path);
    const object = { bucket: to.bucket, key: to.prefix + name };
    const options = name === MANIFEST_NAME ? { metadata: markOf(samples) } : {};
    await uploadFile(s3, { path, size }, object, options);
    onUploaded(name, size);
  }
  return to.prefix + MANIFEST_NAME;
}
