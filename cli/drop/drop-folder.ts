import type { S3Client } from '@aws-sdk/client-s3';
import { type LocalVoiceFolder } from '../voice-folders.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { listFiles } from '../check/local-files.ts';
import { uploadFile } from './upload-file.ts';

/**
 * Uploads a voice folder below the prefix, the manifest last, so that it is complete when the function sees it.
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
  const files = (await listFiles(folder.path))
    .filter(({ name }) => name.split('/').every((segment) => !segment.startsWith('.')))
    .toSorted((a, b) => Number(a.name === MANIFEST_NAME) - Number(b.name === MANIFEST_NAME));
  for (const { name, path, size } of files) {
    const object = { bucket: to.bucket, key: to.prefix + name };
    await uploadFile(s3, { path, size }, object);
    onUploaded(name, size);
  }
  return to.prefix + MANIFEST_NAME;
}
