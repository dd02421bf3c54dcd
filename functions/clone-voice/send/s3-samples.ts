import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { audioMediaType } from '../../../shared/audio-formats.ts';
import type { Media } from '../../../shared/media.ts';
import { namedByContent } from '../../../shared/media-extension.ts';
import { mediaIn } from '../../../shared/media-header.ts';
import { SNIFF_BYTES } from '../../../shared/not-audio.ts';
import type { FolderObject } from '../../../voice-folder/judge-folder.ts';
import { inParallel } from '../../../voice-folder/s3/in-parallel.ts';
import { ask } from '../../../voice-folder/s3/quick-requests.ts';
import { reasonOf } from '../../../voice-folder/s3/refusal.ts';
import { folderOf, type ObjectName } from '../../../voice-folder/names.ts';
import type { AudioSample } from './audio-sample.ts';

/** S3 did not return a sample; `cause` is its error. */
export class UnreadableSample extends Error {
  override readonly name = 'UnreadableSample';
  readonly sampleName: string;

  constructor(sampleName: string, cause: unknown) {
    super(`S3 did not return "${sampleName}": ${reasonOf(cause)}`, { cause });
    this.sampleName = sampleName;
  }
}

/**
 * The samples in a manifest's folder, which are read from S3 during sending. Those whose names have no known extension, such
 * as UUIDs, are named by their first bytes, which takes a request each: a declared type may be wrong.
 *
 * @param onMedia receives what the first bytes of each say about its format
 */
export function samplesIn(
  s3: S3Client,
  manifest: ObjectName,
  samples: readonly Pick<FolderObject, 'name' | 'size' | 'etag'>[],
  onMedia: (name: string, media: Media) => void,
): Promise<AudioSample[]> {
  return inParallel(samples, async ({ name, size, etag }) => {
    // Pins the version that was listed and checked.
    const object = { Bucket: manifest.bucket, Key: folderOf(manifest.key) + name, IfMatch: etag };
    // Without folder names (RFC 7578, section 4.2).
    const given = name.slice(name.lastIndexOf('/') + 1);
    const sent = audioMediaType(given) ? given : namedByContent(given, await startOf(s3, object));
    return {
      name: sent,
      type: audioMediaType(sent) ?? 'application/octet-stream',
      size,
      onStart: (start) => onMedia(name, mediaIn(start, size)),
      async open(abortSignal) {
        const wanted = { bucket: object.Bucket, key: object.Key, headers: { 'if-match': etag } };
        const answer = await ask(s3, { method: 'GET', ...wanted }, () => new GetObjectCommand(object), {
          abortSignal,
        }).catch((cause: unknown) => {
          throw new UnreadableSample(name, cause);
        });
        return ('quick' in answer ? answer.quick.body : answer.output.Body) as Readable;
      },
    } satisfies AudioSample;
  });
}

/** Empty if S3 does not return it, which is reported when the sample is sent. */
async function startOf(s3: S3Client, object: GetObjectCommandInput): Promise<Uint8Array> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ ...object, Range: `bytes=0-${SNIFF_BYTES - 1}` }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch {
    return new Uint8Array();
  }
}
