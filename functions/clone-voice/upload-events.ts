import * as z from 'zod/v4-mini';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { type ManifestUpload, normalSequencer } from '../../voice-folder/upload.ts';
import { parseJson } from './parse-json.ts';

const text = z.string().check(z.minLength(1));
const objectSchema = z.object({
  key: text,
  // S3's have 18 digits, MinIO's and Ceph's 16.
  sequencer: z.optional(z.string().check(z.regex(/^[0-9A-Fa-f]{1,64}$/))),
});
const time = z.pipe(
  z.iso.datetime(),
  z.transform((written: string) => new Date(written)),
);

const recordSchema = z.object({
  /** `aws:s3`; stores that are not Amazon's name themselves: `minio:s3`, `ceph:s3`. */
  eventSource: z.string().check(z.regex(/^[\w.-]+:s3$/)),
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
    reason: z.optional(z.string()),
  }),
});

const s3EventSchema = z.union([
  eventBridgeSchema,
  // S3 sends this once, when notifications are enabled.
  z.object({ Event: z.literal('s3:TestEvent') }),
  z.object({ Records: z.array(recordSchema) }),
]);

/** What SNS sends to a queue, unless it delivers raw messages ("Amazon SNS message and JSON formats"). */
const notificationSchema = z.object({ Type: z.literal('Notification'), Message: z.string() });

/**
 * Extracts the manifest uploads from an S3 event, which is either a notification ("Event message structure",
 * Amazon S3 User Guide) or comes from EventBridge ("EventBridge event message structure", same guide), both perhaps by
 * way of SNS. Ignores everything else: test events, deletions, other keys.
 *
 * @param now in milliseconds since 1970
 * @param prefix of the voice folders: no ledger is kept for others
 * @throws {Error} if it is not an S3 event, or of another prefix, so that the message ends in the dead-letter queue, where a
 *   person finds it.
 */
export function manifestUploadsIn(event: unknown, now = Date.now(), prefix = ''): ManifestUpload[] {
  const notification = notificationSchema.safeParse(event).data;
  if (notification) return manifestUploadsIn(parseJson(notification.Message), now, prefix);
  const parsed = s3EventSchema.safeParse(event);
  if (!parsed.success) throw new Error('This is not an S3 event');
  return createdObjectsIn(parsed.data).flatMap(({ bucket, key, sequencer, uploadedAt, store, isCopy }) => {
    if (key.slice(key.lastIndexOf('/') + 1) !== MANIFEST_NAME) return [];
    if (!key.startsWith(prefix)) throw new Error(`${key} is not below the prefix ${prefix}`);
    if (sequencer === undefined) throw new Error('The S3 event of an upload has no sequencer');
    if ((secondsIn[store]?.(sequencer) ?? 0) * 1000 > now + HOUR) {
      // Every later upload would count as older.
      throw new Error(`The sequencer in the S3 event, ${sequencer}, is from the future`);
    }
    return [{ bucket, key, sequencer: normalSequencer(sequencer), uploadedAt, isCopy }];
  });
}

interface CreatedObject extends Omit<ManifestUpload, 'sequencer'> {
  sequencer?: string | undefined;
  store: string;
}

function createdObjectsIn(event: z.output<typeof s3EventSchema>): CreatedObject[] {
  if ('detail' in event) {
    if (event['detail-type'] !== 'Object Created') return [];
    const { bucket, object, reason } = event.detail;
    // Unlike in a notification, the key is not URL-encoded.
    const { key, sequencer } = object;
    return [
      {
        bucket: bucket.name,
        key,
        sequencer,
        uploadedAt: event.time,
        store: AMAZON,
        isCopy: reason === 'CopyObject',
      },
    ];
  }
  const records = 'Records' in event ? event.Records : [];
  return (
    records
      // MinIO reports a change of an object's tags or locks as if it had been created.
      .filter(({ eventName }) => /^(s3:)?ObjectCreated:(?!\w+(Tagging|Retention|LegalHold)$)/.test(eventName))
      .map(({ eventName, eventSource, eventTime, s3: { bucket, object } }) => ({
        bucket: bucket.name,
        key: decodeKey(object.key),
        sequencer: eventSource === CEPH ? bigEndian(object.sequencer) : object.sequencer,
        uploadedAt: eventTime,
        store: eventSource,
        isCopy: eventName.endsWith(':Copy'),
      }))
  );
}

/**
 * Ceph writes seconds and nanoseconds as they are in memory, the last byte first, so that half of all uploads would
 * count as older than the one before.
 */
function bigEndian(sequencer?: string): string | undefined {
  return sequencer?.replaceAll(/(..)(..)(..)(..)/g, '$4$3$2$1');
}

/** Decodes a key in a notification, which is form-encoded: `+` for a space, and percent-encoded UTF-8. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new Error(`The key in the S3 event is not URL-encoded: ${key}`);
  }
}

const HOUR = 60 * 60 * 1000;

const AMAZON = 'aws:s3';
const CEPH = 'ceph:s3';

/** The seconds since 1970 in a sequencer, for stores of which they are known. */
const secondsIn: Record<string, (sequencer: string) => number> = {
  // As those in its documentation and in events show.
  [AMAZON]: (sequencer) => Number.parseInt(sequencer.slice(0, 10).padEnd(10, '0'), 16),
  [CEPH]: (sequencer) => Number.parseInt(sequencer.slice(0, 8), 16),
  // Nanoseconds.
  'minio:s3': (sequencer) => Number.parseInt(sequencer, 16) / 1e9,
};
