import type { Issue } from '../shared/clone-settings.ts';
import type { ApiAnswer } from './api-answer.ts';
import { boundedIssues, type Fault } from './fault.ts';
import { fingerprintOf } from './identity.ts';
import { ignoredFiles } from './ignored-files.ts';
import {
  directAudioFiles,
  type FolderFile,
  type JudgedSample,
  MAX_SAMPLES,
  type SampleFault,
} from './judge-samples.ts';
import type { Manifest } from './manifest.ts';
import { compareWithMark, type Mark } from './mark.ts';
import { MAX_KEY_BYTES, type ObjectName, RESULT_NAME } from './names.ts';
import { parseManifest } from './parse-manifest.ts';
import type { Drop } from './result.ts';
import type { FolderRules } from './rules.ts';
import { sentOf } from './sent-samples.ts';

/** The folder cannot be sent until a person changes something; waiting does not help. */
export interface UnusableFolder {
  kind: 'unusable';
  drop: Drop;
  fault: Fault;
  /** What S3 said. */
  answer?: ApiAnswer;
}

/** Samples are missing or still being uploaded. */
export interface IncompleteFolder {
  kind: 'incomplete';
  drop: Drop;
  /** The missing files; empty if the folder only has to settle. */
  missing: readonly string[];
  /** Seconds until the folder can be complete if nothing changes; undefined if unknown. */
  waitSeconds?: number;
  deadline: Date;
  /** Why the folder fails if it is still incomplete at the deadline. */
  fault: Fault;
}

/** All samples are present and can be sent. */
export interface CompleteFolder {
  kind: 'complete';
  drop: Drop & { fingerprint: string };
  manifest: Manifest;
  /** The samples to send, without duplicates. */
  samples: FolderObject[];
  deadline: Date;
}

/** A file in the folder, as listed by S3. */
export interface FolderObject extends FolderFile {
  /** Including HTTP's quotes. */
  etag: string;
  lastModified: Date;
}

/** An upload in parts that has not ended. */
export interface UploadInProgress {
  /** Relative to the folder. */
  name: string;
  initiated: Date;
}

/**
 * Reads a manifest and checks everything that does not depend on the folder's files.
 *
 * @param folder its key is a prefix
 */
export function judgeManifest(
  body: Uint8Array,
  folder: ObjectName,
  rules: FolderRules,
): { manifest: Manifest } | { fault: Fault } {
  const parsed = parseManifest(body);
  if (!parsed.ok) return { fault: { code: 'INVALID_MANIFEST', issues: boundedIssues(parsed.issues) } };
  const { manifest } = parsed;
  if (manifest.files && manifest.files.length > MAX_SAMPLES) {
    return { fault: { code: 'TOO_LARGE', maxSamples: MAX_SAMPLES } };
  }
  const issues = [...namesThatAreNoKeys(manifest, folder), ...whyForbidden(manifest, rules)];
  return issues.length > 0
    ? { fault: { code: 'INVALID_MANIFEST', issues: boundedIssues(issues) } }
    : { manifest };
}

/** Everything known about a folder. */
export interface FolderFacts {
  /** What is known of the drop from its upload and manifest. */
  drop: Drop;
  manifest: Manifest;
  mark: Mark | undefined;
  /** Everything in the folder; names of subfolders end with a slash. */
  found: { objects: readonly FolderObject[]; folders: readonly { name: string }[] };
  samples: readonly JudgedSample<FolderObject>[];
  faults: readonly SampleFault[];
  /** Undefined if S3 was not asked yet. */
  uploads?: readonly UploadInProgress[];
  /** When the manifest was uploaded: S3 replication and copies keep older times. */
  uploadedAt: Date;
  deadline: Date;
  now: Date;
}

/** `unsettled`: complete, unless an upload is still in progress. */
export type JudgedFolder = UnusableFolder | IncompleteFolder | CompleteFolder | { kind: 'unsettled' };

/** Decides whether a folder's samples can be sent. */
export function judgeFolder(facts: FolderFacts, rules: FolderRules): JudgedFolder {
  const { manifest, found, samples, faults, deadline } = facts;
  const ignored = ignoredFiles(manifest, [...found.objects, ...found.folders], samples, () => true);
  const drop = { ...facts.drop, ...(ignored.length > 0 && { ignored }) };
  const incomplete = (fault: Fault, more: Partial<IncompleteFolder> = {}): IncompleteFolder => ({
    kind: 'incomplete',
    drop,
    deadline,
    fault,
    missing: [],
    ...more,
  });
  const [fault] = faults;
  if (fault && 'names' in fault) return incomplete(fault, { missing: fault.names });
  if (fault?.code === 'NO_SAMPLES') return incomplete(fault);
  // More files cannot fix this, so do not wait for them.
  if (fault && 'maxSamples' in fault) return { kind: 'unusable', drop, fault };
  if (!manifest.files) {
    const waiting = whyNotYet(facts, rules);
    if (waiting?.kind === 'unsettled') return waiting;
    if (waiting) return incomplete(waiting.fault, waiting.more);
  }
  const withSamples: Drop = {
    ...drop,
    samples: samples.map(({ name, size, sameAs }) => ({
      name,
      size,
      ...(sameAs !== undefined && { sameAs }),
    })),
  };
  if (fault) return { kind: 'unusable', drop: withSamples, fault };
  return {
    kind: 'complete',
    drop: { ...withSamples, fingerprint: fingerprintOf(manifest, samples) },
    manifest,
    samples: sentOf(samples),
    deadline,
  };
}

type NotYet = { kind: 'unsettled' } | { kind: 'incomplete'; fault: Fault; more: Partial<IncompleteFolder> };

/** Why a folder whose manifest does not list its files may still be incomplete: every sign counts. */
function whyNotYet(facts: FolderFacts, { settleSeconds }: FolderRules): NotYet | undefined {
  const { mark, samples, found, uploads, uploadedAt, now } = facts;
  const marked = mark && compareWithMark(mark, samples);
  if (marked === 'complete') return undefined;
  if (mark && marked === 'fewer') {
    const fault: Fault = { code: 'MISSING_SAMPLES', found: samples.length, marked: mark.samples };
    return { kind: 'incomplete', fault, more: {} };
  }
  const uploading: Fault = { code: 'MISSING_SAMPLES', uploading: [] };
  const waitSeconds = secondsToSettle(found.objects, uploadedAt, now, settleSeconds);
  if (waitSeconds > 0) return { kind: 'incomplete', fault: uploading, more: { waitSeconds } };
  if (!uploads) return { kind: 'unsettled' };
  const names = samplesUploading(uploads, found.objects, now);
  if (names.length === 0) return undefined;
  return { kind: 'incomplete', fault: { ...uploading, uploading: names }, more: { missing: names } };
}

/** Seconds until the folder counts as settled if nothing changes. S3's times are in whole seconds. */
function secondsToSettle(
  objects: readonly FolderObject[],
  uploadedAt: Date,
  now: Date,
  settleSeconds: number,
): number {
  const changes = objects.filter(({ name }) => name !== RESULT_NAME).map(({ lastModified }) => lastModified);
  // The event's time is not S3's `Date`: it may be ahead of it.
  const eventTime = uploadedAt < now ? uploadedAt : now;
  const lastChange = [...changes, eventTime].reduce(
    (latest, time) => Math.max(latest, Math.floor(time.getTime() / 1000)),
    0,
  );
  return Math.max(0, Math.ceil(lastChange + settleSeconds - now.getTime() / 1000));
}

/** Older uploads count as abandoned. */
const ABANDONED_AFTER_MILLISECONDS = 24 * 60 * 60 * 1000;

/** The samples that are being uploaded. An upload older than the object of the same name counts as abandoned. */
function samplesUploading(
  uploads: readonly UploadInProgress[],
  objects: readonly FolderObject[],
  now: Date,
): string[] {
  const written = new Map(objects.map(({ name, lastModified }) => [name, lastModified]));
  const isUnderWay = ({ name, initiated }: UploadInProgress) =>
    now.getTime() - initiated.getTime() < ABANDONED_AFTER_MILLISECONDS &&
    initiated > (written.get(name) ?? new Date(0));
  const names = uploads.filter(isUnderWay).map(({ name }) => ({ name, size: 0, content: '' }));
  return [...new Set(directAudioFiles(names).map(({ name }) => name))];
}

/** S3 rejects overlong keys on every request. */
function namesThatAreNoKeys({ files = [] }: Manifest, folder: ObjectName): Issue[] {
  const message = `must be shorter: a path in S3 has at most ${MAX_KEY_BYTES} bytes`;
  return files.flatMap((name, index) =>
    Buffer.byteLength(folder.key + name) > MAX_KEY_BYTES ? { path: `files[${index}]`, message } : [],
  );
}

/** The message does not list the allowed sub-organizations: people who drop folders need not know them. */
function whyForbidden({ subOrganizationId }: Manifest, { subOrganizations }: FolderRules): Issue[] {
  if (subOrganizationId === undefined || !subOrganizations) return [];
  if (subOrganizations.includes(subOrganizationId)) return [];
  const message =
    'is not allowed for this bucket: correct it, omit it to use the main organization, or ask your administrator ' +
    'to allow it';
  return [{ path: 'subOrganizationId', message }];
}
