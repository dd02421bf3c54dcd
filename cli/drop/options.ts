import type { WaitOptions } from '../wait.ts';

/** The options of `drop`. */
export interface DropOptions extends WaitOptions {
  /** Only list what would be uploaded. */
  dryRun?: boolean;
  /** Patterns of `--exclude` and `--include`, in order. @default - all folders */
  choices?: readonly Choice[];
  /** Do not ask before a folder that has a voice gets another one. */
  yes?: boolean;
  /** How many uploads run at the same time. @default 16 */
  transfers?: number;
  /** Print a line for each file. */
  verbose?: boolean;
  /** Whether to use what is remembered of unchanged files. @default true */
  cache?: boolean;
}

/** Includes or excludes the folders whose name matches. */
export interface Choice {
  pattern: string;
  isTaken: boolean;
}

/** Lines that are redrawn would mix with the output of --debug. */
export function isShown({ quiet, debug }: DropOptions): boolean {
  return !quiet && !debug;
}
