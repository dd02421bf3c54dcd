import type { QualityCode } from './quality.ts';

/** What `prepare` does about a problem. */
export type Remedy = 'edit' | 'save' | 'rename' | 'leave out' | 'none';

const remedies: Partial<Record<string, Remedy>> = {
  SILENT: 'leave out',
  SILENT_TRACK: 'save',
  SEVERAL_TRACKS: 'none',
  WRONG_EXTENSION: 'rename',
  UNKNOWN_FORMAT: 'save',
  NOT_HEARD: 'none',
  TRUNCATED: 'save',
  TRIMMED: 'save',
  JOINED: 'save',
  TELEPHONE: 'none',
  CLIPPED: 'none',
  TOO_LOUD: 'edit',
  VERY_QUIET: 'edit',
  NOISY: 'none',
  MOSTLY_SILENCE: 'edit',
  LONG_PAUSE: 'edit',
  TWO_VOICES: 'edit',
  INVERTED: 'edit',
  DELAYED: 'edit',
  SAME_SOUND: 'none',
} satisfies Record<QualityCode, Remedy>;

/** Undefined for a code that is not one of a recording's quality. */
export function remedyOf(code: string | undefined): Remedy | undefined {
  return code === undefined ? undefined : remedies[code];
}

/** Whether `prepare` makes a problem go away. What is missing in a truncated recording does not come back. */
export function isMendable(code: string | undefined): boolean {
  return (remedyOf(code) ?? 'none') !== 'none' && code !== 'TRUNCATED';
}
