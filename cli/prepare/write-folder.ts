import { mkdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { MANIFEST_NAME } from '../../voice-folder/names.ts';
import { save } from '../audio/edit.ts';
import { whyUnwritten } from '../disk-errors.ts';
import { exitCodes, ProgramError } from '../output.ts';
import type { Prepared } from './preparation.ts';

/** A sample of the new folder. */
export interface Written {
  prepared: Pick<Prepared, 'name' | 'isCopy'>;
  /** The file to copy or to save. */
  source: string;
}

/**
 * Makes a temporary folder beside the new one, so that the new one appears whole or not at all. Synchronously, so that an
 * interruption cannot come before it is known.
 */
export function makePartial(to: string): string {
  const partial = partialOf(to);
  try {
    mkdirSync(dirname(partial), { recursive: true });
    mkdirSync(partial);
    return partial;
  } catch (error) {
    throw unwritten(to, error);
  }
}

/**
 * Writes the new folder, with the manifest of the old one.
 *
 * @throws {ProgramError} if it cannot be written, or is there
 */
export async function writeFolder(from: string, results: readonly Written[], to: string): Promise<void> {
  const partial = partialOf(to);
  try {
    for (const { prepared, source } of results) {
      const path = join(partial, prepared.name);
      await mkdir(dirname(path), { recursive: true });
      if (prepared.isCopy) await copyFile(source, path);
      else await save(source, path);
    }
    const names = results.map(({ prepared }) => prepared.name);
    await writeFile(join(partial, MANIFEST_NAME), await manifestFor(from, to, names));
    await rename(partial, to);
  } catch (error) {
    throw (await stat(to).catch(() => undefined)) ? alreadyThere(to) : unwritten(to, error);
  }
}

function unwritten(to: string, error: unknown): Error {
  return whyUnwritten(to, error, 'name another folder with --to');
}

/** Also if another `prepare` was faster. */
export function alreadyThere(to: string): ProgramError {
  return new ProgramError(
    `${to} already exists: name another folder with --to, or delete it`,
    exitCodes.notMade,
  );
}

/** Hidden, so that no command takes it for a voice folder if this process dies. */
function partialOf(to: string): string {
  return join(dirname(resolve(to)), `.${basename(resolve(to))}.partial-${process.pid}`);
}

/** The manifest with the new names; a relative `$schema` still leads to the same file. */
async function manifestFor(folder: string, to: string, files: string[]): Promise<string> {
  const text = await readFile(join(folder, MANIFEST_NAME), 'utf8');
  const manifest = JSON.parse(text.replace(/^\uFEFF/, '')) as { $schema?: string };
  const { $schema } = manifest;
  if ($schema !== undefined && /^\.{1,2}\//.test($schema)) {
    const path = relative(resolve(to), resolve(folder, $schema)).split(sep).join('/');
    manifest.$schema = path.startsWith('.') ? path : `./${path}`;
  }
  return `${JSON.stringify({ ...manifest, files }, null, 2)}\n`;
}
