import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { audioMediaType } from '../../shared/audio-sample.ts';
import { type LocalVoiceFolder, MANIFEST } from '../voice-folders.ts';

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
  const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder.path, join(entry.parentPath, entry.name)).split(sep))
    .filter((segments) => segments.every((segment) => !segment.startsWith('.')))
    .map((segments) => segments.join('/'))
    .toSorted((a, b) => Number(a === MANIFEST) - Number(b === MANIFEST));
  for (const name of names) {
    const file = join(folder.path, name);
    await new Upload({
      client: s3,
      params: {
        Bucket: to.bucket,
        Key: to.prefix + name,
        Body: createReadStream(file),
        ContentType:
          name === MANIFEST ? 'application/json' : (audioMediaType(name) ?? 'application/octet-stream'),
      },
    }).done();
    onUploaded(name, (await stat(file)).size);
  }
  return to.prefix + MANIFEST;
}
