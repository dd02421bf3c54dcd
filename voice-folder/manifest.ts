import * as z from 'zod/v4-mini';
import { cloneParametersSchema, type CloneSettings, list, text } from '../shared/clone-settings.ts';

/** The `manifest.json` that a person writes: the parameters of the clone, and which samples to use. */
export const manifestSchema = z.extend(cloneParametersSchema, {
  files: z.optional(
    list(
      text(
        'Name of a sample, relative to the folder',
        z.refine((name) => problemWithSampleName(name) === undefined, {
          error: ({ input }) => problemWithSampleName(String(input)),
        }),
      ),
      'Names of the samples, relative to the folder; without it, every audio file in the folder in name order',
      z.minLength(1, {
        error: 'must name at least one sample; leave the field out to use every audio file in the folder',
      }),
    ),
  ),
  $schema: z.optional(text('Where editors find the description of this file; ignored')),
});

/** What a manifest asks for. */
export interface Manifest {
  settings: CloneSettings;
  files?: string[];
  subOrganizationId?: string;
}

/** The name becomes part of an S3 key: it must not be able to leave the folder. */
function problemWithSampleName(name: string): string | undefined {
  if (/^[a-z]:\//i.test(name)) return 'must be relative to the folder: leave out the drive';
  if (name.startsWith('/')) return 'must be relative to the folder: leave out the leading "/"';
  if (name.includes('\\')) return 'must use "/" between folders, not "\\"';
  const segments = name.split('/');
  if (segments.includes('..') || segments.includes('.'))
    return 'must stay inside the folder: no "." or ".." in it';
  if (segments.includes('')) return 'must not be empty or have an empty part between slashes';
  return undefined;
}
