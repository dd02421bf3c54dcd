import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpeg, GONE, recordingOf } from '../../audio/ffmpeg.ts';
import { startTemporaryFiles } from '../../audio/temporary-files.ts';
import { whyUnwritten } from '../../disk-errors.ts';
import type { LocalSample } from '../checked-folder.ts';

const MAX_KILOBITS = 64;
/** Below this, a copy no longer sounds like the recording. */
const MIN_KILOBITS = 24;

/**
 * Makes small copies of all samples for the players of a page, in AAC, which every ffmpeg writes and every browser plays,
 * unlike AIFF or AMR.
 *
 * @param room how many bytes they may take in the page
 * @returns `data:` URLs; nothing if they do not fit
 * @throws {Error} if one could not be made.
 */
export async function listeningCopies(
  samples: readonly LocalSample[],
  room: number,
): Promise<Map<LocalSample, string> | undefined> {
  // For each channel, because the two sides of a call must stay apart.
  const seconds = samples.reduce((sum, { media }) => sum + (media?.seconds ?? 0) * lanes(media), 0);
  const kilobits = Math.floor(Math.min(MAX_KILOBITS, (room * 0.75 * 8 * 0.9) / 1000 / seconds));
  if (samples.length === 0 || kilobits < MIN_KILOBITS) return undefined;
  const temporary = startTemporaryFiles();
  try {
    const made = await Promise.allSettled(
      samples.map(async (sample, index) => {
        const path = join(temporary.folder, `${index}.m4a`);
        const rate = `${kilobits * lanes(sample.media)}k`;
        const options = [
          '-map',
          `0:a:${(sample.sound?.track?.number ?? 1) - 1}`,
          '-vn',
          '-sn',
          '-dn',
          '-map_metadata',
          '-1',
          '-ac',
          `${lanes(sample.media)}`,
        ];
        const output = [...options, '-c:a', 'aac', '-b:a', rate, '-f', 'mp4', `file:${path}`];
        const ran = await ffmpeg(['-v', 'error', ...(await recordingOf(sample.path)), ...output]);
        if (ran.kind === 'done') return (await readFile(path)).toString('base64');
        if (ran.kind === 'missing') throw new Error(GONE);
        if (ran.full) throw whyUnwritten(tmpdir(), ran.full, 'set TMPDIR to another folder');
        throw new Error(`ffmpeg failed: ${ran.why}`);
      }),
    );
    const copies = made.map((each) => {
      if (each.status === 'rejected') throw each.reason as Error;
      return each.value;
    });
    if (copies.join('').length > room) return undefined;
    return new Map(samples.map((sample, index) => [sample, `data:audio/mp4;base64,${copies[index]}`]));
  } finally {
    await temporary.remove();
  }
}

function lanes({ channels = 1 }: { channels?: number } = {}): 1 | 2 {
  return channels > 1 ? 2 : 1;
}
