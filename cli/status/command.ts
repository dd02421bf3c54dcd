import { print, printJson, say } from '../output.ts';
import { coloured, resultCells } from '../result-cells.ts';
import { connectToS3, inBucket } from '../s3.ts';
import { parseS3Url, type S3Place, s3Url } from '../s3-url.ts';
import { plain, table } from '../table.ts';
import { type FolderState, folderStates } from './folder-states.ts';

/** `callers-voice status`: prints the state of each voice folder below a place in a bucket. */
export async function status(url: string, { json }: { json?: boolean }): Promise<void> {
  const place = parseS3Url(url);
  const s3 = connectToS3();
  try {
    const states = await inBucket(place.bucket, () => folderStates(s3, place));
    if (json) printJson({ folders: states.map((folder) => asJson(place, folder)) });
    else if (states.length > 0) print(asTable(place, states));
    else say(`There is no manifest.json below ${s3Url(place)}`);
  } finally {
    s3.destroy();
  }
}

function asJson({ bucket }: S3Place, { prefix, state, since, result }: FolderState) {
  return { url: s3Url({ bucket, prefix }), status: state, since, ...(result && { result }) };
}

function asTable({ prefix: base }: S3Place, states: readonly FolderState[]): string {
  const rows = states.map(({ prefix, state, since, result }) => {
    const name = prefix === base ? './' : prefix.slice(base.length);
    return [
      plain(name),
      coloured(state, words[state]),
      ...(result ? resultCells(result) : ['', '']),
      since.toISOString().slice(0, 19).replace('T', ' '),
    ];
  });
  return table(['FOLDER', 'STATUS', 'VOICE', 'ID', 'WHEN (UTC)'], rows);
}

const words: Record<FolderState['state'], string> = {
  succeeded: 'succeeded',
  failed: 'failed',
  unknown: 'unknown',
  waiting: 'waiting for samples',
  cloning: 'being cloned',
  noResult: 'no result yet',
};
