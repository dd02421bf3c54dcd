import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestUploadsIn } from '../../functions/clone-voice/upload-events.ts';
import { isNewerUpload, type ManifestUpload, normalSequencer } from '../../voice-folder/upload.ts';
import { hostileText } from '../support/arbitraries.ts';
import { runs } from '../support/runs.ts';

/** Seconds since 1970 in ten digits, and more digits; from a time that is not over, to be valid. */
const sequencer = fc
  .tuple(
    fc.integer({ min: 0, max: Math.floor(Date.now() / 1000) }),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'.split('')), maxLength: 14 }),
  )
  .map(([seconds, more]) => seconds.toString(16).padStart(10, '0') + more);

const someDate = fc.date({
  min: new Date(0),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

/** Keys as S3 allows them: any Unicode, in folders or not. */
const anyKey = fc
  .array(fc.oneof(hostileText(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), {
    maxLength: 4,
  })
  .map((segments) => segments.join('/'));

const manifestKey = anyKey.map((folder) => (folder === '' ? 'manifest.json' : `${folder}/manifest.json`));

interface RecordOptions {
  /** As it is in the event. */
  key?: unknown;
  upload?: unknown;
  time?: unknown;
  name?: unknown;
}

/** A record as S3 writes it ("Event message structure", Amazon S3 User Guide). */
function record({
  key = 'alice/manifest.json',
  upload = '0055AED6DCD90281E5',
  time = '1970-01-01T00:00:00.000Z',
  name = 'ObjectCreated:Put',
}: RecordOptions = {}) {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-west-2',
    eventTime: time,
    eventName: name,
    s3: {
      s3SchemaVersion: '1.0',
      bucket: { name: 'voices', arn: 'arn:aws:s3:::voices' },
      object: { key, size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: upload },
    },
  };
}

/** What EventBridge passes on of S3 ("EventBridge event message structure", Amazon S3 User Guide). */
function eventBridgeEvent({ key, upload, time }: RecordOptions = {}, detailType = 'Object Created') {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': detailType,
    source: 'aws.s3',
    account: '111122223333',
    time,
    region: 'eu-west-1',
    resources: ['arn:aws:s3:::voices'],
    detail: {
      version: '0',
      bucket: { name: 'voices' },
      object: { key, size: 5, etag: 'b1946ac92492d2347c6235b4d2611184', sequencer: upload },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '111122223333',
      'source-ip-address': '1.2.3.4',
      reason: 'PutObject',
    },
  };
}

/** "Amazon SNS message and JSON formats". */
function notification(event: unknown) {
  return {
    Type: 'Notification',
    MessageId: 'da41e39f-ea4d-435a-b922-c6aae3915ebe',
    TopicArn: 'arn:aws:sns:us-west-2:123456789012:uploads',
    Subject: 'Amazon S3 Notification',
    Message: JSON.stringify(event),
    Timestamp: '2012-04-25T21:49:25.719Z',
    SignatureVersion: '1',
    Signature: 'EXAMPLElDMXvB8r9R83tGoNn0ecwd5UjllzsvSvbItzfaMpN2nk5HVSw7XnOn',
    SigningCertURL: 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-x.pem',
    UnsubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe',
  };
}

/** As S3 encodes a key in an event: a space is `+`, what is not plain ASCII is percent-encoded UTF-8. */
function encoded(key: string): string {
  return Array.from(Buffer.from(key), (byte) => {
    const sign = String.fromCharCode(byte);
    if (/[\w./*-]/.test(sign)) return sign;
    return sign === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** The uploads, or the message of the error; anything else that is thrown goes on. */
function read(event: unknown): ManifestUpload[] | string {
  try {
    return manifestUploadsIn(event);
  } catch (error) {
    if (Object.getPrototypeOf(error) === Error.prototype) return (error as Error).message;
    throw error;
  }
}

const reasons =
  /^(This is not an S3 event$|The S3 event of an upload has no sequencer$|The key in the S3 event is not URL-encoded: |The sequencer in the S3 event, \w+, is from the future$)/;

/** Whether it is a known reason, or complete uploads of manifests. */
function isUploadsOrReason(outcome: ManifestUpload[] | string): boolean {
  if (typeof outcome === 'string') return reasons.test(outcome);
  return outcome.every(
    ({ bucket, key, sequencer: upload, uploadedAt }) =>
      bucket !== '' &&
      key.split('/').at(-1) === 'manifest.json' &&
      /^[0-9A-Fa-f]+$/.test(upload) &&
      !Number.isNaN(uploadedAt.getTime()),
  );
}

describe('an event', () => {
  it('of any JSON is read, or refused with a reason', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (event) => {
        const detail = { source: 'aws.s3', 'detail-type': 'Object Created', detail: event };
        for (const each of [event, { Records: event }, { Records: [event] }, detail]) {
          expect(read(each)).toSatisfy(isUploadsOrReason);
        }
      }),
      { numRuns: runs(500) },
    );
  });

  it('of S3 with any part replaced by any JSON is read, or refused with a reason', () => {
    const paths = pathsIn({ Records: [record(), record()] });
    const valueOrNothing = fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined });
    fc.assert(
      fc.property(fc.constantFrom(...paths), valueOrNothing, (path, value) => {
        const event = { Records: [record(), record()] };
        replace(event, path, value);
        expect(read(event)).toSatisfy(isUploadsOrReason);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('from EventBridge reports an upload too, with its key unencoded', () => {
    fc.assert(
      fc.property(manifestKey, sequencer, someDate, (key, upload, uploadedAt) => {
        const time = uploadedAt.toISOString().replace(/\.\d+/, '');
        expect(manifestUploadsIn(eventBridgeEvent({ key, upload, time }))).toEqual([
          {
            bucket: 'voices',
            key,
            sequencer: normalSequencer(upload),
            uploadedAt: new Date(time),
            isCopy: false,
          },
        ]);
        expect(manifestUploadsIn(eventBridgeEvent({ key, upload, time }, 'Object Deleted'))).toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });

  it('by way of SNS is read, from a queue or a queue behind EventBridge', () => {
    fc.assert(
      fc.property(manifestKey, sequencer, (key, upload) => {
        const event = { Records: [record({ key: encoded(key), upload })] };
        const expected = manifestUploadsIn(event);
        expect(expected).toHaveLength(1);
        const time = '1970-01-01T00:00:00Z';
        for (const inner of [event, eventBridgeEvent({ key, upload, time })]) {
          expect(manifestUploadsIn(notification(inner))).toEqual(expected);
        }
      }),
      { numRuns: runs(100) },
    );
    expect(manifestUploadsIn(notification({ Service: 'Amazon S3', Event: 's3:TestEvent' }))).toEqual([]);
    expect(read({ ...notification({}), Message: 'Hello' })).toBe('This is not an S3 event');
  });

  it.each([
    ['MinIO', 'minio:s3', 's3:ObjectCreated:Put', '16F9A5C2B1D3E4F7', '16F9A5C2B1D3E4F7'],
    // As in its documentation: little-endian seconds, which are those of the event's time, and nanoseconds.
    ['Ceph', 'ceph:s3', 'ObjectCreated:Put', 'F7E6D75DC742D108', '5DD7E6F708D142C7'],
  ])('of %s is read', (_store, eventSource, name, upload, ordered) => {
    const event = { Records: [{ ...record({ name, upload }), eventSource }] };
    expect(manifestUploadsIn(event)).toMatchObject([{ key: 'alice/manifest.json', sequencer: ordered }]);
  });

  it.each([
    ['MinIO', 'minio:s3', 'FFFFFFFFFFFFFFFF'],
    ['Ceph', 'ceph:s3', 'FFFFFFFF00000000'],
  ])('of %s from the future is refused, too', (_store, eventSource, upload) => {
    expect(read({ Records: [{ ...record({ upload }), eventSource }] })).toMatch(/is from the future/);
  });

  it.each([inHours(2), 'FF', 'FFFFFFFFFFFFFFFFFF', '00F'.padEnd(18, '0'), '0'.repeat(100_000), 'one'])(
    'with the sequencer %.20s is refused: it would count as newer than every later one, or cannot be one',
    (upload) => {
      expect(read({ Records: [record({ upload })] })).toSatisfy(
        (outcome) => typeof outcome === 'string' && reasons.test(outcome),
      );
    },
  );

  it('reports every manifest in it, in order, with what S3 said of it', () => {
    const uploads = fc.array(
      fc.record({ key: manifestKey, sequencer, uploadedAt: someDate }, { noNullPrototype: true }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(uploads, fc.boolean(), (expected, isCopy) => {
        const name = isCopy ? 'ObjectCreated:Copy' : 's3:ObjectCreated:CompleteMultipartUpload';
        const records = expected.map(({ key, sequencer: upload, uploadedAt }) =>
          record({ key: encoded(key), upload, time: uploadedAt.toISOString(), name }),
        );
        expect(manifestUploadsIn({ Records: records })).toEqual(
          expected.map((upload) => ({
            bucket: 'voices',
            ...upload,
            sequencer: normalSequencer(upload.sequencer),
            isCopy,
          })),
        );
      }),
      { numRuns: runs(300) },
    );
  });

  it('reports only uploads, and only of files called manifest.json', () => {
    const otherKey = anyKey.filter((key) => key !== '' && key.split('/').at(-1) !== 'manifest.json');
    const alike = fc.constantFrom(
      'manifest.json/',
      'my-manifest.json',
      'a/Manifest.json',
      'manifest.json ',
      'manifest%2Ejson',
    );
    const otherName = fc.oneof(
      fc.string(),
      fc.constantFrom('ObjectRemoved:Delete', 's3:ObjectTagging:Put', 'ObjectCreated', 'xObjectCreated:Put'),
      // MinIO's, of objects that are tagged or locked.
      fc
        .constantFrom('PutTagging', 'DeleteTagging', 'PutRetention', 'PutLegalHold')
        .map((name) => `s3:ObjectCreated:${name}`),
    );
    fc.assert(
      fc.property(fc.oneof(otherKey, alike), otherName, (key, name) => {
        expect(manifestUploadsIn({ Records: [record({ key: encoded(key) })] })).toEqual([]);
        expect(manifestUploadsIn({ Records: [record({ name })] })).toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('the key of an event', () => {
  it('comes back as it is in the bucket, whatever its characters', () => {
    fc.assert(
      fc.property(manifestKey, (key) => {
        // S3-compatible stores may percent-encode spaces and slashes, too.
        for (const written of [encoded(key), encodeURIComponent(key)]) {
          expect(manifestUploadsIn({ Records: [record({ key: written })] })[0]?.key).toBe(key);
        }
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('that is not percent-encoded UTF-8 is refused, and shown', () => {
    const notUtf8 = fc
      .uint8Array({ minLength: 1, maxLength: 6 })
      .filter((bytes) => !isUtf8(bytes))
      .map((bytes) => Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
    const broken = fc.constantFrom(
      '%',
      '%%',
      '%z',
      '%4',
      '%4g',
      '%u0041',
      '%E0%A4%A',
      '%C0%AF',
      '%ED%A0%80',
      '%FF',
    );
    fc.assert(
      fc.property(anyKey, fc.oneof(notUtf8, broken), anyKey, (before, bad, after) => {
        const key = `${encoded(before)}/${bad}/${encoded(after)}/manifest.json`;
        expect(read({ Records: [record({ key })] })).toBe(
          `The key in the S3 event is not URL-encoded: ${key}`,
        );
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('which of two uploads is newer', () => {
  /** Values that are near each other, because those of one key are. */
  const near = fc
    .tuple(sequencer, fc.array(fc.tuple(sequencer, fc.nat(24)), { minLength: 3, maxLength: 3 }))
    .map(([common, ends]) => ends.map(([end, cut]) => common.slice(0, cut) + end));
  const three = fc
    .oneof(near, fc.array(sequencer, { minLength: 3, maxLength: 3 }))
    .map((uploads) => uploads.map(normalSequencer));

  it('is always decided, unless they differ only in trailing zeros or case', () => {
    fc.assert(
      fc.property(three, fc.nat(5), ([a = '', b = ''], zeros) => {
        expect(sameAge(a, b)).toBe(a === b);
        expect(normalSequencer(a.toLowerCase() + '0'.repeat(zeros))).toBe(a);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('is the greater number when they are equally long', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.bigInt({ min: 0n, max: 2n ** 96n }),
        fc.bigInt({ min: 0n, max: 2n ** 96n }),
        (length, x, y) => {
          const [a, b] = [x, y].map((number) => BigInt.asUintN(length * 4, number)) as [bigint, bigint];
          const hex = (number: bigint) => number.toString(16).padStart(length, '0');
          expect(isNewerUpload(normalSequencer(hex(a)), normalSequencer(hex(b)))).toBe(a > b);
        },
      ),
      { numRuns: runs(1_000) },
    );
  });

  const sameAge = (a: string, b: string) => !isNewerUpload(a, b) && !isNewerUpload(b, a);
});

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Every place in a JSON value. */
function pathsIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => pathsIn(each, [...path, key]))].filter(
    ({ length }) => length > 0,
  );
}

function replace(value: unknown, [key = '', ...rest]: readonly string[], by: unknown): void {
  const container = value as Record<string, unknown>;
  if (rest.length === 0) container[key] = by;
  else replace(container[key], rest, by);
}

/** A sequencer of Amazon's. */
function inHours(hours: number): string {
  const seconds = Math.floor(Date.now() / 1000) + hours * 3_600;
  return `${seconds.toString(16).padStart(10, '0')}00000001`;
}

it('A manifest outside the prefix is refused, so that the message ends in the dead-letter queue', () => {
  const event = { Records: [record({ key: 'sales/alice/manifest.json' })] };
  expect(manifestUploadsIn(event, undefined, 'sales/')).toHaveLength(1);
  expect(() => manifestUploadsIn(event, undefined, 'support/')).toThrow(
    /alice.* is not below the prefix support/,
  );
});
