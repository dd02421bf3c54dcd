import type { S3Client } from '@aws-sdk/client-s3';
import type { Memory } from '../memory.ts';
import type { DropOptions } from './options.ts';

/** What all folders of one run share. */
export interface Run {
  s3: S3Client;
  options: DropOptions;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
  memory: Memory;
}
