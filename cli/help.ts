import { exitCodes } from './output.ts';

/*
 * The texts below the options in --help.
 */

/** Commands that show how to use the program. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ callers-voice-clone ${line}`).join('\n')}`;
}

/** What `prepare` changes. */
export function aboutPrepare(): string {
  return `
Cuts pauses down to a breath, takes the channel or track of the voice, corrects the level, joins and shortens samples to
what the provider documents, and saves as WAV what providers may not read. What is kept stays as it was recorded: nothing
is denoised or equalized. The originals are not changed. Then the new folder is checked.`;
}

/** What `drop` uploads, and its exit codes. */
export function aboutDrop(): string {
  return `
All folders are checked first. Samples that are already in the bucket, with the same content, are not uploaded again, and a
folder whose voice was cloned from the same files is left alone. A folder that has a voice and was changed gets another one,
which is billed: drop asks first, and without a terminal requires --yes. The manifest is uploaded last, so that cloning starts
only after all samples are there. Ctrl-C leaves no partial files behind.

Exit codes: ${exitCodes.fine} all voices were made (with --no-wait: all folders were uploaded), ${exitCodes.notMade} not all voices were made,
${exitCodes.aws} AWS error, ${exitCodes.interrupted} interrupted.`;
}

/** What the states mean, and the exit codes of `status`. */
export function aboutStatus(): string {
  return `
States: succeeded, failed and unknown (a voice may exist: check Callers) as in result.json; waiting for samples; being
cloned (cloning); no result yet (noResult: the function has not started, or its result was moved or deleted); rename to
manifest.json (misnamed); changed since (changed: there are recordings that are not in the voice).

Exit codes: ${exitCodes.fine} success, ${exitCodes.notMade} no folder matches (with --exit-status: a folder failed or is unknown), ${exitCodes.aws} AWS error.`;
}

/** What `retry` does, and its exit codes. */
export function aboutRetry(): string {
  return `
Uploads the manifests again, unchanged. If a result reports a problem, fix the folder first. A folder whose outcome is
unknown may already have a voice, and a second one would also be billed, so it requires --voice-not-in-callers. If a
result.json was moved or deleted, this restores it at no cost.

Exit codes: ${exitCodes.fine} the voice was made, ${exitCodes.notMade} it was not, or there is nothing to retry, ${exitCodes.aws} AWS error.`;
}

/** Where AWS settings come from. */
export function aboutAws(): string {
  return `
AWS settings work as in the AWS CLI: --profile, --region and --endpoint-url, then the environment (AWS_PROFILE,
AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_CA_BUNDLE, HTTPS_PROXY, NO_PROXY), then ~/.aws. Instead of an
s3:// URL, you can also paste an S3 console URL or an ARN.`;
}
