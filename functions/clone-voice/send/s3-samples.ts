import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { audioMediaType } from '../../../shared/audio-formats.ts';
import type { FolderObject } from '../../../voice-folder/s3/look-at-folder.ts';
import { folderOf, type ObjectName } from '../../../voice-folder/names.ts';
import type { AudioSample } from './audio-sample.ts';

/** The samples in a manifest's folder, which are read from S3 during sending. */
export function samplesIn(
  s3: S3Client,
  manifest: ObjectName,
  samples: readonly Pick<FolderObject, 'name' | 'size' | 'etag'>[],
): AudioSample[] {
  return samples.map(({ name, size, etag }) => ({
    // Without folder names (RFC 7578, section 4.2).
    name: name.slice(name.lastIndexOf('/') + 1),
    type: audioMediaType(name) ?? 'application/octet-stream',
    size,
    async open(abortSignal) {
      // Pins the version that was listed and checked.
      const command = new GetObjectCommand({
        Bucket: manifest.bucket,
        Key: folderOf(manifest.key) + name,
        IfMatch: etag,
      });
      const { Body } = await s3.send(command, { abortSignal });
      return Body as Readable;
    },
  }));
}
