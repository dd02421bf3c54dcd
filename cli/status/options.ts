import type { S3Options } from '../s3/client.ts';
import type { FolderState } from './folder-states.ts';

/** The options of `status`. */
export interface StatusOptions extends S3Options {
  json?: boolean;
  /** Show only folders in these states. @default - all */
  state?: readonly ShownState[];
  /** Show only folders that failed or may have. */
  failed?: boolean;
  /** Exit with 1 if a folder failed or may have. */
  exitStatus?: boolean;
  /** Repeat until nothing is in progress. */
  watch?: boolean;
  /** Whether to use what is remembered of unchanged results. @default true */
  cache?: boolean;
}

/** `changed` is a folder with recordings that are not in its voice. */
export type ShownState = FolderState['state'] | 'changed';
