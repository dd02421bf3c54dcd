import { parse as locate } from '@humanwhocodes/momoa';
import {
  type CloneSettings,
  cloneSettingsSchema,
  type Issue,
  issuesOf,
  list,
  text,
} from './clone-settings.ts';

/** A manifest is a page of settings; what is larger is some other file under that name. */
export const MAX_MANIFEST_BYTES = 256 * 1024;

/** The `manifest.json` that a person writes: the clone settings, and which samples to use. */
export const manifestSchema = cloneSettingsSchema.extend({
  files: list(
    text('Name of a sample, relative to the folder').refine(
      (name) => problemWithSampleName(name) === undefined,
      {
        error: ({ input }) => problemWithSampleName(String(input)),
      },
    ),
    'Names of the samples, relative to the folder; without it, every audio file in the folder in name order',
  )
    .min(1, {
      error: 'must name at least one sample; leave the field out to use every audio file in the folder',
    })
    .optional(),
  subOrganizationId: text('Sub-organization that gets the voice; must belong to the API key’s organization')
    // It becomes a header's value, which may only hold visible ASCII (RFC 9110, section 5.5).
    .regex(/^[\x21-\x7e]+$/, { error: 'must be an identifier of visible ASCII characters, without spaces' })
    .optional(),
  $schema: text('Where editors find the description of this file; ignored').optional(),
});

/** What a manifest asks for. */
export interface Manifest {
  settings: CloneSettings;
  files?: string[];
  subOrganizationId?: string;
}

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

/** The name becomes part of an S3 key: it must not be able to leave the folder. */
function problemWithSampleName(name: string): string | undefined {
  if (name.startsWith('/')) return 'must be relative to the folder: leave out the leading "/"';
  if (name.includes('\\')) return 'must use "/" between folders, not "\\"';
  const segments = name.split('/');
  if (segments.includes('..') || segments.includes('.'))
    return 'must stay inside the folder: no "." or ".." in it';
  if (segments.includes('')) return 'must not be empty or have an empty part between slashes';
  return undefined;
}
