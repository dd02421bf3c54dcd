import * as z from 'zod/v4-mini';
import { cloneParametersSchema, type CloneSettings, list, text } from '../shared/clone-settings.ts';

/** The `manifest.json` that a person writes: the clone's parameters and, optionally, which samples to use. */
export const manifestSchema = z.extend(cloneParametersSchema, {
  files: z.optional(
    list(
      text(
        z.refine((name) => problemWithSampleName(name) === undefined, {
          error: ({ input }) => problemWithSampleName(String(input)),
        }),
      ),
      z.minLength(1, {
        error: 'must list at least one sample; omit the field to use every audio file in the folder',
      }),
    ),
  ),
  $schema: z.optional(text()),
});

/** A parsed manifest. */
export interface Manifest {
  settings: CloneSettings;
  files?: string[];
  subOrganizationId?: string;
}

/** The name becomes part of an S3 key, so it must not escape the folder. */
function problemWithSampleName(name: string): string | undefined {
  if (/^[a-z]:\//i.test(name)) return 'must be relative to the folder: remove the drive letter';
  if (name.startsWith('/')) return 'must be relative to the folder: remove the leading "/"';
  if (name.includes('\\')) return 'must use "/" between folders, not "\\"';
  const segments = name.split('/');
  if (segments.includes('..') || segments.includes('.'))
    return 'must stay inside the folder: "." and ".." are not allowed';
  if (segments.includes('')) return 'must not be empty or contain "//" or a trailing "/"';
  return undefined;
}
