import type { CloneSettings } from '../../shared/clone-settings.ts';
import {
  guides,
  isIn,
  type ProviderWarning,
  providerWarnings,
  type Recording,
} from '../../shared/provider-guides.ts';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import type { Problem } from './checked-folder.ts';

/** A sample with its level in dB RMS, if it was measured. */
interface HeardRecording extends Recording {
  sound?: { rms: number } | undefined;
}

/** Conflicts with the provider's guide; those of all samples together are shown at the manifest, which names the provider. */
export function providerProblems(
  provider: CloneSettings['providerType'],
  samples: readonly HeardRecording[],
): Problem[] {
  if (!provider) return [];
  const warnings = [...providerWarnings(provider, samples), ...levelWarnings(provider, samples)];
  return warnings.map(({ file = MANIFEST_NAME, ...warning }) => ({ severity: 'warning', file, ...warning }));
}

/** Apart from the other warnings, because only the program measures. */
function levelWarnings(provider: keyof typeof guides, samples: readonly HeardRecording[]): ProviderWarning[] {
  const { name: wants, rms: range, source } = guides[provider];
  if (!range) return [];
  return samples.flatMap(({ name, sound }) => {
    // NaN is in no range and above no level. What is silent has another warning.
    const rms = sound?.rms ?? NaN;
    if (!(rms > -80) || isIn(rms, range.tolerated)) return [];
    const is = `is too ${rms < range.wanted[0] ? 'quiet' : 'loud'}: ${rms.toFixed(0)} dB RMS`;
    return [{ file: name, message: `${is}; ${wants} wants ${range.wanted.join(' to ')} dB`, source }];
  });
}
