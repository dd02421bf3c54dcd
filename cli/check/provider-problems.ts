import { providerWarnings } from '../../shared/provider-guides.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import type { Problem } from './checked-folder.ts';

/** Conflicts with the provider's guide; those of all samples together are shown at the manifest, which names the provider. */
export function providerProblems(...args: Parameters<typeof providerWarnings>): Problem[] {
  return providerWarnings(...args).map(({ file = MANIFEST_NAME, ...warning }) => ({
    severity: 'warning',
    file,
    ...warning,
  }));
}
