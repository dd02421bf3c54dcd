import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, whyUnwritten } from '../disk-errors.ts';
import { exitCodes, ProgramError } from '../output.ts';
import { endFfmpeg } from './ffmpeg.ts';

/** Files that ffmpeg writes, and that are there only while a command runs. */
export interface TemporaryFiles {
  /** A folder for them, beside those of other programs. */
  folder: string;
  /** Also removes this at the end. Call it as soon as the file is there: any `await` may be interrupted. */
  add(path: string): void;
  /** Removes all. */
  remove(): Promise<void>;
}

/**
 * From here until they are removed, Ctrl-C and SIGTERM end ffmpeg, remove all, and end this process.
 *
 * @throws {ProgramError} if the folder cannot be written.
 */
export function startTemporaryFiles(): TemporaryFiles {
  const paths: string[] = [];
  const interrupted = () => {
    endFfmpeg();
    // What was just ended may still be creating a file.
    for (const path of paths) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    process.exit(exitCodes.interrupted);
  };
  const folder = makeFolder();
  paths.push(folder);
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return {
    folder,
    add: (path) => void paths.push(path),
    async remove() {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      for (const path of paths) await rm(path, { recursive: true, force: true });
    },
  };
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'callers-voice-clone-'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new ProgramError(`There is no folder ${tmpdir()}: set TMPDIR to another`, exitCodes.notMade);
    throw whyUnwritten(tmpdir(), error, 'set TMPDIR to another folder');
  }
}
