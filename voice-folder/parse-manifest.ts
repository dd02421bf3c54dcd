import { type Issue, issuesOf } from '../shared/clone-settings.ts';
import { type Manifest, manifestSchema } from './manifest.ts';

/** A manifest is about a page of settings; anything larger is a different kind of file. */
export const MAX_MANIFEST_BYTES = 256 * 1024;

/** A manifest, or all that is wrong with it. */
export type ParsedManifest = { ok: true; manifest: Manifest } | { ok: false; issues: Issue[] };

/**
 * Parses a `manifest.json`: UTF-8 JSON (RFC 8259), with or without a byte order mark. Never throws: returns
 * all problems at once, each with its path and how to fix it.
 */
export function parseManifest(bytes: Uint8Array): ParsedManifest {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    return problem(
      `is larger than ${MAX_MANIFEST_BYTES / 1024} KiB; it contains only settings, audio files go next to it`,
    );
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return problem('is not UTF-8 text; save it as UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return problem(`is not valid JSON: ${withPlace((error as SyntaxError).message, text)}`, 'NOT_JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return problem('must be a JSON object: { "name": "…" }');
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) return { ok: false, issues: issuesOf(parsed.error) };
  const { files, subOrganizationId, $schema: _, ...settings } = parsed.data;
  return {
    ok: true,
    manifest: {
      settings,
      ...(files && { files }),
      ...(subOrganizationId !== undefined && { subOrganizationId }),
    },
  };
}

/** Adds the position, which JSON.parse's message often omits. */
function withPlace(message: string, text: string): string {
  if (/line \d+ column \d+\)$/.test(message)) return message;
  const lines = text.slice(0, lengthOfGoodPart(text)).split(/\r\n|\n|\r/);
  return `${message} (line ${lines.length} column ${(lines.at(-1)?.length ?? 0) + 1})`;
}

/** The length of the longest prefix that may start a valid JSON text. */
function lengthOfGoodPart(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (mayBegin(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether the text is valid JSON or fails only because it ends early, judging by V8's messages. */
function mayBegin(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return message === 'Unexpected end of JSON input' || Number(position) === text.length;
  }
}

function problem(message: string, code?: Issue['code']): ParsedManifest {
  return { ok: false, issues: [{ path: '', message, ...(code && { code }) }] };
}
