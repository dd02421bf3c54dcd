import { capitalized } from '../shared/capitalized.ts';
import { failures } from '../shared/failures.ts';
import { onOneLine } from '../shared/on-one-line.ts';
import { shorten } from '../shared/shorten.ts';
import { folderOf, type ObjectName, resultOf } from './names.ts';
import type { FinalResult } from './result.ts';
import { sentOf } from './sent-samples.ts';

/** A drop's result, as published to the results topic. */
export interface ResultMessage {
  /** At most 100 ASCII characters ("Publish", Amazon SNS API Reference). */
  subject: string;
  /** For people: what happened, to which folder, and what to do. */
  text: string;
  /** For programs: the result, reduced if it is too large. */
  json: string;
  /** For subscription filter policies. */
  attributes: Record<string, string | string[]>;
}

/**
 * Describes a result for people and programs, within SNS's limits.
 *
 * @param bucket the folder's bucket
 */
export function resultMessage(result: FinalResult, bucket: string): ResultMessage {
  const { key } = result.manifest;
  return {
    subject: subjectOf(result, folderOf(key)),
    text: textOf(result, { bucket, key }),
    json: jsonOf(result),
    attributes: attributesOf(result, bucket),
  };
}

const MAX_SUBJECT = 100;
/** Far more than anyone reads. */
const MAX_TEXT = 20_000;
/**
 * SNS accepts 256 KiB, which also includes the text, the attributes and the escaping of quotes in this JSON.
 */
const MAX_JSON_BYTES = 100_000;
const MAX_VOICES = 50;

function subjectOf(result: FinalResult, folder: string): string {
  const what = {
    succeeded: 'Voice cloned',
    failed: 'Voice not cloned',
    unknown: 'A voice may have been made',
  }[result.status];
  const name = (folder || '/').replace(/(?<=.)\/$/s, '').replaceAll(/[^\x20-\x7e]/gu, '?');
  const room = MAX_SUBJECT - what.length - ': '.length;
  // Keeps the end, which distinguishes folders.
  return `${what}: ${name.length > room ? `...${name.slice(3 - room)}` : name}`;
}

function textOf(result: FinalResult, manifest: ObjectName): string {
  const { samples = [], ignored = [], hints = [], earlier = [] } = result;
  const used = sentOf(samples).map(({ name }) => name);
  const { bucket, key } = resultOf(manifest);
  const lines = [
    `Folder: s3://${bucket}/${folderOf(key)}`,
    '',
    ...whatHappened(result),
    ...(used.length > 0 ? ['', `Samples: ${used.join(', ')}`] : []),
    ...hints.map(({ message }) => `Hint: ${message}`),
    ...ignored.map(({ name, why }) => `Not used: ${name}: ${why}`),
    ...earlier.map(
      ({ status, finishedAt, voices = [] }) =>
        `Earlier drop of this folder, ${finishedAt}: ${status}${voices.map(({ id, voiceId = id }) => `, voice ${voiceId}`).join('')}`,
    ),
    '',
    `Details: s3://${bucket}/${key}, and the function’s log for request ${result.requestId}`,
  ];
  return shorten(lines.map(onOneLine).join('\n'), MAX_TEXT);
}

function whatHappened(result: FinalResult): string[] {
  if (result.status === 'succeeded') {
    return result.voices
      .slice(0, MAX_VOICES)
      .flatMap(({ name, id, voiceId }) => [
        `The voice "${name}" was cloned.`,
        ...(voiceId === undefined ? [] : [`Voice ID: ${voiceId}`]),
        `ID: ${id}`,
      ]);
  }
  const { code, message, issues = [], httpStatus, apiMessage, reason } = result.error;
  const said = [httpStatus, apiMessage].filter((each) => each !== undefined && each !== '').join(' ');
  return [
    message,
    ...issues.map((issue) => `- ${issue.path} ${issue.message}`),
    ...(said === '' ? [] : [`The answer: ${said}`]),
    ...(reason === undefined ? [] : [`${capitalized(failures[code].speaker)} said: ${reason}`]),
    `Error code: ${code}`,
  ];
}

/** Replaces characters that XML, and therefore SNS, does not allow. */
function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}

function jsonOf(result: FinalResult): string {
  const { samples: _, ignored: __, hints: ___, ...withoutFiles } = result;
  const json = [result, withoutFiles].map((each) => JSON.stringify(each)).find(fits);
  return json ?? JSON.stringify(shortened(result));
}

function fits(json: string): boolean {
  return Buffer.byteLength(json) <= MAX_JSON_BYTES;
}

/** The essentials, with which a program can read the rest in `result.json`. */
function shortened(result: FinalResult): object {
  const { status, upload, fingerprint, finishedAt, requestId, manifest } = result;
  const about = { manifest, fingerprint, upload, requestId, finishedAt };
  if (result.status !== 'succeeded') {
    const { code, message } = result.error;
    return { status, error: { code, message: shorten(message, 2_000) }, ...about };
  }
  const voices = result.voices.slice(0, MAX_VOICES).map(({ id, voiceId, name }) => ({
    id: shorten(id, 200),
    ...(voiceId !== undefined && { voiceId: shorten(voiceId, 200) }),
    name: shorten(name, 200),
  }));
  return { status, voices, ...about };
}

function attributesOf(result: FinalResult, bucket: string): ResultMessage['attributes'] {
  const { subOrganizationId } = result;
  return {
    status: result.status,
    bucket,
    // SNS rejects empty values, so the top of the bucket is "/".
    folder: printable(folderOf(result.manifest.key) || '/'),
    ...(subOrganizationId !== undefined && { 'sub-organization': subOrganizationId }),
    ...(result.status === 'succeeded'
      ? {
          'voice-ids': result.voices
            .slice(0, MAX_VOICES)
            .map(({ id, voiceId = id }) => printable(shorten(voiceId, 200))),
        }
      : { code: result.error.code }),
  };
}
