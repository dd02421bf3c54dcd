import { RESULT_NAME } from '../../voice-folder/names.ts';
import { parseResult } from '../../voice-folder/s3/result-file.ts';
import { getObject } from '../../voice-folder/s3/s3-json.ts';
import { exitCodes, print, ProgramError } from '../output.ts';
import { inBucket } from '../s3/errors.ts';
import { connectToS3, type S3Options } from '../s3/client.ts';
import { parseFolderUrl, s3Url } from '../s3/url.ts';
import { describeResult } from './describe-result.ts';

export interface ResultOptions extends S3Options {
  /** Print `result.json` as it is. */
  json?: boolean;
  /** Exit with 1 if there is no voice. */
  exitStatus?: boolean;
}

/** `callers-voice-clone result`: prints the `result.json` of one voice folder. */
export async function result(url: string, options: ResultOptions): Promise<void> {
  const place = parseFolderUrl(url);
  const name = { bucket: place.bucket, key: place.prefix + RESULT_NAME };
  const s3 = await connectToS3(options);
  try {
    const stored = await inBucket(place.bucket, () => getObject(s3, name));
    if (!stored) {
      throw new ProgramError(
        `There is no ${RESULT_NAME} in ${s3Url(place)}: callers-voice-clone status ${s3Url(place)} shows its progress`,
        exitCodes.notMade,
      );
    }
    const { result: found } = parseResult(stored);
    if (!found && !options.json) {
      const message = `${RESULT_NAME} exists, but is not a result of this program: --json shows it as it is`;
      throw new ProgramError(message, exitCodes.notMade);
    }
    // Raw: the file as it is.
    if (options.json) process.stdout.write(`${new TextDecoder().decode(stored.body).trimEnd()}\n`);
    else if (found) print(describeResult(found));
    if (options.exitStatus && found?.status !== 'succeeded') process.exitCode = exitCodes.notMade;
  } finally {
    s3.destroy();
  }
}
