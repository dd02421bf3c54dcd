import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectName } from '../../voice-folder/names.ts';
import type { Result } from '../../voice-folder/result.ts';
import type { VoiceFolder } from '../../voice-folder/s3/look-at-folder.ts';
import type { StoredResult } from '../../voice-folder/s3/result-file.ts';
import type { ManifestUpload } from '../../voice-folder/upload.ts';
import type { ApiKeySource } from './api-key.ts';
import { SECONDS_OF_A_REQUEST } from './aws-requests.ts';
import type { HasConditionalWrites } from './has-conditional-writes.ts';
import type { Config } from './config.ts';
import type { Publish } from './results-topic.ts';
import type { S3Clock } from './s3-clock.ts';
import type { sendCloneRequest } from './send/send-clone-request.ts';

/** The dependencies of an invocation. */
export interface Invocation {
  s3: S3Client;
  /** S3's time, the only clock that is compared with times from S3 or other hosts. */
  clock: S3Clock;
  config: Config;
  apiKey: ApiKeySource;
  logger: Logger;
  metrics: Metrics;
  hasConditionalWrites: HasConditionalWrites;
  requestId: string;
  /** Seconds until Lambda ends this invocation. */
  secondsLeft: () => number;
  /** Makes the API call. */
  send: typeof sendCloneRequest;
  /** Publishes to the results topic. */
  publish: Publish;
  /** Waits, in milliseconds. */
  sleep: (milliseconds: number) => Promise<unknown>;
}

/** Done, or to be checked again: after `seconds`, if known. */
export type Progress = { kind: 'done' } | { kind: 'deferred'; reason: string; seconds?: number };

/** The state of one delivery for one folder. */
export interface Work {
  upload: ManifestUpload;
  folder: VoiceFolder;
  ledgerName: ObjectName;
  /** `result.json` when this delivery began. */
  shown: StoredResult | undefined;
  /** Writes `result.json`. */
  report: (result: Result) => Promise<void>;
  invocation: Invocation;
}

/**
 * Retries an action while time is left: after the API call, recording the outcome is what matters most.
 *
 * @param isFinal for which errors to stop
 */
export async function untilDeadline<Value>(
  invocation: Invocation,
  action: () => Promise<Value>,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<Value> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (isFinal(error) || invocation.secondsLeft() < SECONDS_OF_A_REQUEST) throw error;
      invocation.logger.warn('Could not record the outcome; retrying', { error });
      await invocation.sleep(1_000);
    }
  }
}
