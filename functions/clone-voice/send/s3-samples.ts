import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { audioMediaType } from '../../../shared/audio-formats.ts';
import type { Media } from '../../../shared/media.ts';
import { mediaIn } from '../../../shared/media-header.ts';
import type { FolderObject } from '../../../voice-folder/judge-folder.ts';
import { reasonOf } from '../../../voice-folder/s3/refusal.ts';
import { folderOf, type ObjectName } from '../../../voice-folder/names.ts';
import type { AudioSample } from './audio-sample.ts';

/** S3 did not return a sample; `cause` is its error. */
export class UnreadableSample extends Error {
  override readonly name = 'UnreadableSample';
  readonly sampleName: string;

  constructor(sampleName: string, cause: unknown) {
    super(`S3 did not give out "${sampleName}": ${reasonOf(cause)}`, { cause });
    this.sampleName = sampleName;
  }
}

/**
 * The samples in a manifest's folder, which are read from S3 during sending.
 *
 * @param onMedia receives what the first bytes of each say about its format
 */
export function samplesIn(
  s3: S3Client,
  manifest: ObjectName,
  samples: readonly Pick<FolderObject, 'name' | 'size' | 'etag'>[],
  onMedia: (name: string, media: Media) => void,
): AudioSample[] {
  return samples.map(({ name, size, etag }) => ({
    // Without folder names (RFC 7578, section 4.2).
    name: name.slice(name.lastIndexOf('/') + 1),
    type: audioMediaType(name) ?? 'application/octet-stream',
    size,
    onStart: (start) => onMedia(name, mediaIn(start, size)),
    async open(abortSignal) {
      // Pins the version that was listed and checked.
      const command = new GetObjectCommand({
        Bucket: manifest.bucket,
        Key: folderOf(manifest.key) + name,
        IfMatch: etag,
      });
      const { Body } = await s3.send(command, { abortSignal }).catch((cause: unknown) => {
        throw new UnreadableSample(name, cause);
      });
      return Body as Readable;
    },
  }));
}
