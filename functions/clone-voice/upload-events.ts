import * as z from 'zod/v4-mini';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { type ManifestUpload, normalSequencer } from '../../voice-folder/upload.ts';

const text = z.string().check(z.minLength(1));
const objectSchema = z.object({
  key: text,
  sequencer: z.optional(z.string().check(z.regex(/^[0-9A-Fa-f]+$/))),
});
const time = z.pipe(
  z.iso.datetime(),
  z.transform((written: string) => new Date(written)),
);

const recordSchema = z.object({
  eventSource: z.literal('aws:s3'),
  eventName: z.string(),
  eventTime: time,
  s3: z.object({
    bucket: z.object({ name: text }),
    object: objectSchema,
  }),
});

const eventBridgeSchema = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.string(),
  time,
  detail: z.object({
    bucket: z.object({ name: text }),
    object: objectSchema,
  }),
});

const eventSchema = z.union([
  eventBridgeSchema,
  // S3 sends this once, when notifications are enabled.
  z.object({ Event: z.literal('s3:TestEvent') }),
  z.object({ Records: z.array(recordSchema) }),
]);

/**
 * Extracts the manifest uploads from an S3 event, which is either a notification ("Event message structure",
 * Amazon S3 User Guide) or comes from EventBridge ("EventBridge event message structure", same guide).
 * Ignores everything else: test events, deletions, other keys.
 *
 * @throws {Error} if it is not an S3 event, so that the message ends in the dead-letter queue, where a person
 *   finds it.
 */
export function manifestUploadsIn(event: unknown): ManifestUpload[] {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) throw new Error('This is not an S3 event');
  return createdObjectsIn(parsed.data).flatMap(({ bucket, key, sequencer, uploadedAt }) => {
    if (key.slice(key.lastIndexOf('/') + 1) !== MANIFEST_NAME) return [];
    if (sequencer === undefined) throw new Error('The S3 event of an upload has no sequencer');
    return [{ bucket, key, sequencer: normalSequencer(sequencer), uploadedAt }];
  });
}

interface CreatedObject extends Omit<ManifestUpload, 'sequencer'> {
  sequencer?: string | undefined;
}

function createdObjectsIn(event: z.output<typeof eventSchema>): CreatedObject[] {
  if ('detail' in event) {
    if (event['detail-type'] !== 'Object Created') return [];
    const { bucket, object } = event.detail;
    // Unlike in a notification, the key is not URL-encoded.
    return [{ bucket: bucket.name, key: object.key, sequencer: object.sequencer, uploadedAt: event.time }];
  }
  const records = 'Records' in event ? event.Records : [];
  return records
    .filter(({ eventName }) => /^(s3:)?ObjectCreated:/.test(eventName))
    .map(({ eventTime, s3: { bucket, object } }) => ({
      bucket: bucket.name,
      key: decodeKey(object.key),
      sequencer: object.sequencer,
      uploadedAt: eventTime,
    }));
}

/** Decodes a key in a notification, which is form-encoded: `+` for a space, and percent-encoded UTF-8. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new Error(`The key in the S3 event is not URL-encoded: ${key}`);
  }
}
