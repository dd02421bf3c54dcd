import { setMaxListeners } from 'node:events';
import { limit } from '../limit.ts';
import { ManifestInDoubt } from '../manifest-upload.ts';
import { notUploaded, type DropOutcome } from '../report.ts';
import { encryptionOf } from '../s3/encryption.ts';
import { AwsError } from '../s3/errors.ts';
import { plain } from '../table.ts';
import { waitForResult } from '../wait.ts';
import { describeEffect } from './effect.ts';
import type { PlannedFolder } from './plan-folder.ts';
import type { Progress } from './progress.ts';
import type { Run } from './run.ts';
import { uploadFolder } from './upload-folder.ts';

/** Uploads folders, and waits for their results. */
export function uploadAll(
  planned: readonly PlannedFolder[],
  progress: Progress,
  { s3, options, interrupted, memory }: Run,
): Promise<DropOutcome[]> {
  // If S3 fails for one folder, it will fail for the next.
  const broken = new AbortController();
  const signal = AbortSignal.any([interrupted, broken.signal]);
  // Every folder listens to it.
  setMaxListeners(0, signal);

  const uploadsAtOnce = limit(options.transfers ?? DEFAULT_TRANSFERS);
  const uploads: Promise<unknown>[] = [];
  async function outcomeOf(plan: PlannedFolder): Promise<DropOutcome> {
    const { name } = plan.folder;
    if (plan.cloned) {
      // Of a single folder, that is already said.
      if (planned.length > 1) progress.note(plain(`${name}: ${describeEffect(plan.effect)}`));
      return { status: 'succeeded', result: plan.cloned };
    }
    let manifest;
    try {
      const how = { uploadsAtOnce, memory, encryption: encryptionOf(options) };
      const upload = uploadFolder(s3, plan, progress, signal, how);
      uploads.push(upload);
      manifest = await upload;
    } catch (error) {
      if (error instanceof AwsError) broken.abort(error);
      if (error instanceof ManifestInDoubt) return { status: 'uploaded', error };
      return notUploaded(interrupted.aborted ? undefined : error);
    }
    if (!options.wait) progress.note(plain(`${name}: uploaded`));
    return waitForResult(s3, manifest, options, {
      name,
      interrupted,
      onProgress: (line, status) => (status === 'cloning' ? progress.detail(line) : progress.note(line)),
    });
  }

  const outcomes = planned.map(outcomeOf);
  void Promise.allSettled(uploads).then(() => progress.stop());
  return Promise.all(outcomes);
}

/** Each holds up to 8 MiB in memory. */
const DEFAULT_TRANSFERS = 16;
