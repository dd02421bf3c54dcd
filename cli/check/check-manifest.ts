import type { Issue } from '../../shared/clone-settings.ts';
import { type Manifest, manifestSchema } from '../../voice-folder/manifest.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { parseManifest } from '../../voice-folder/parse-manifest.ts';
import type { Problem } from './checked-folder.ts';
import { locate, type LocatedJson } from './locate.ts';
import { lookAlike, suggestField, suggestValue } from './suggest.ts';
import { syntaxProblem } from './syntax.ts';

/** A manifest, as far as it can be read. */
export interface CheckedManifest {
  /** Undefined if it is invalid. */
  manifest?: Manifest;
  /** Which files are samples, which may be known even if a setting is invalid. */
  wanted: Pick<Manifest, 'files'> | undefined;
  /** The positions of its values. */
  json: LocatedJson;
  problems: Problem[];
}

/**
 * Checks a manifest as the function does, and says where each problem is and what was probably meant.
 *
 * @param names of the files in the folder
 */
export function checkManifest(bytes: Uint8Array, names: readonly string[]): CheckedManifest {
  const parsed = parseManifest(bytes);
  const text = new TextDecoder().decode(bytes);
  const json = locate(text);
  const repeated = json.ok ? repeatedKeys(json) : [];
  if (parsed.ok) return { manifest: parsed.manifest, wanted: parsed.manifest, json, problems: repeated };
  const problems = parsed.issues.map((issue) => problemAt(issue, text, json, names));
  return { wanted: json.ok ? filesOf(text) : undefined, json, problems: [...problems, ...repeated] };
}

/** A problem that the function reports, with its position and what was meant. */
function problemAt(issue: Issue, text: string, json: LocatedJson, names: readonly string[]): Problem {
  const problem = { severity: 'error', file: MANIFEST_NAME, code: 'INVALID_MANIFEST' } as const;
  if (!json.ok) {
    return issue.code === 'NOT_JSON'
      ? { ...problem, ...json.position, ...syntaxProblem(issue.message, text, json.offset) }
      : { ...problem, ...(issue.path !== '' && { path: issue.path }), message: issue.message };
  }
  const located = json.values.get(issue.path) ?? json.values.get('');
  const isUnknown = issue.code === 'UNKNOWN_FIELD';
  const position = isUnknown ? located?.key : located?.position;
  const suggestion = isUnknown
    ? suggestField(issue.path)
    : json.values.has(issue.path)
      ? suggestValue(issue.path, located?.text ?? '', names)
      : undefined;
  const alike = suggestion === undefined ? undefined : lookAlike(located?.text ?? '', suggestion);
  return {
    ...problem,
    ...position,
    ...(issue.path !== '' && { path: issue.path }),
    message: alike === undefined ? issue.message : `${issue.message}: it ${alike}`,
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** JSON.parse, and so the function, takes the last value without a word. */
function repeatedKeys({ overridden }: Extract<LocatedJson, { ok: true }>): Problem[] {
  return overridden.map(({ path, position }) => ({
    severity: 'warning',
    file: MANIFEST_NAME,
    ...position,
    path,
    message: 'is set more than once: only the last value counts',
  }));
}

/** The valid entries of `files` in an invalid manifest. */
function filesOf(text: string): Pick<Manifest, 'files'> | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { files } = value as { files?: unknown };
  if (files === undefined) return {};
  const schema = manifestSchema.shape.files.def.innerType;
  const right = Array.isArray(files) ? files.filter((file) => schema.safeParse([file]).success) : [];
  return right.length > 0 ? { files: [...new Set(right)] } : undefined;
}
