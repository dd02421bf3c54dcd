import * as z from 'zod/v4-mini';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { type ManifestUpload, normalSequencer } from '../../voice-folder/upload.ts';

const recordSchema = z.object({
  eventSource: z.literal('aws:s3'),
  eventName: z.string(),
  eventTime: z.pipe(
    z.iso.datetime(),
    z.transform((time: string) => new Date(time)),
  ),
  s3: z.object({
    bucket: z.object({ name: z.string().check(z.minLength(1)) }),
    object: z.object({
      key: z.string().check(z.minLength(1)),
      sequencer: z.optional(z.string().check(z.regex(/^[0-9A-Fa-f]+$/))),
    }),
  }),
});

const eventSchema = z.union([
  // S3 sends this once, when notifications are switched on.
  z.object({ Event: z.literal('s3:TestEvent') }),
  z.object({ Records: z.array(recordSchema) }),
]);

/**
 * The manifest uploads that an S3 event tells of ("Event message structure", Amazon S3 User Guide). What is not
 * an upload of a manifest is left out: test events, deletions, other keys.
 *
 * @throws {Error} when it is no S3 event, so that the message is kept and ends where a person finds it.
 */
export function manifestUploadsIn(event: unknown): ManifestUpload[] {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) throw new Error('This is not an S3 event notification');
  const records = 'Records' in parsed.data ? parsed.data.Records : [];
  return records.flatMap((record) => {
    const key = decodeKey(record.s3.object.key);
    const isManifest = key.slice(key.lastIndexOf('/') + 1) === MANIFEST_NAME;
    if (!isManifest || !/^(s3:)?ObjectCreated:/.test(record.eventName)) return [];
    const { sequencer } = record.s3.object;
    if (sequencer === undefined) throw new Error('The S3 event of an upload has no sequencer');
    return [
      {
        bucket: record.s3.bucket.name,
        key,
        sequencer: normalSequencer(sequencer),
        uploadedAt: record.eventTime,
      },
    ];
  });
}

/** Keys in events are encoded as in HTML forms: a space is `+`, the rest is percent-encoded UTF-8. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new Error(`The key in the S3 event is not URL-encoded: ${key}`);
  }
}
