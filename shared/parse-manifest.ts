import { parse as locate } from '@humanwhocodes/momoa';
import { type Issue, issuesOf } from './clone-settings.ts';
import { type Manifest, manifestSchema } from './manifest.ts';

/** A manifest is a page of settings; what is larger is some other file under that name. */
export const MAX_MANIFEST_BYTES = 256 * 1024;

export type ParsedManifest = { ok: true; manifest: Manifest } | { ok: false; issues: Issue[] };

/**
 * Reads the bytes of a `manifest.json`: UTF-8 JSON (RFC 8259), with or without a byte order mark. Never throws:
 * all problems come back at once, each with its path and what to change.
 */
export function parseManifest(bytes: Uint8Array): ParsedManifest {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    return problem(
      `is larger than ${MAX_MANIFEST_BYTES / 1024} KiB; it holds only settings, audio goes beside it`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return error instanceof SyntaxError
      ? problem(`is not valid JSON: ${withPlace(error.message, bytes)}`)
      : problem('is not UTF-8 text; save it as UTF-8');
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

/** JavaScript's own parser words the problem well, but often leaves out where it is. */
function withPlace(message: string, bytes: Uint8Array): string {
  if (/line \d+ column \d+\)$/.test(message)) return message;
  try {
    locate(new TextDecoder().decode(bytes));
    return message;
  } catch (error) {
    const { line, column } = error as { line?: number; column?: number };
    return line === undefined ? message : `${message} (line ${line} column ${column})`;
  }
}

function problem(message: string): ParsedManifest {
  return { ok: false, issues: [{ path: '', message }] };
}
