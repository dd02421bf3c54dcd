import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { formatIn } from '../../shared/audio-formats.ts';
import { SNIFF_BYTES } from '../../shared/not-audio.ts';
import { anyFormatNamed } from '../../shared/other-formats.ts';
import { directAudioFiles } from '../../voice-folder/judge-samples.ts';
import {
  DOWNLOAD_MARK,
  hasNoExtension,
  ignoredFiles,
  isHidden,
  MORE,
  nestedVoiceFolders,
} from '../../voice-folder/ignored-files.ts';
import type { Manifest } from '../../voice-folder/manifest.ts';
import { startOf } from '../audio/file-bytes.ts';
import { holdsOnlySound } from '../audio/only-sound.ts';
import type { FoundFolder } from '../voice-folders.ts';
import type { Problem } from './checked-folder.ts';
import { filesAtOnce, type LocalFile } from './local-files.ts';

/**
 * Warns about recordings that are not used, except those already suggested for a misspelled entry in `files`.
 *
 * @param used samples, and files that another problem names
 */
export async function unusedFiles(
  wanted: Pick<Manifest, 'files'>,
  files: readonly LocalFile[],
  used: readonly LocalFile[],
  problems: readonly Problem[],
): Promise<Problem[]> {
  const meant = problems
    .flatMap(({ path, suggestion }) => (path?.startsWith('files[') && suggestion) || [])
    .map((suggestion) => ({ name: parse(suggestion) }));
  const nameless = files.filter(({ name }) => hasNoExtension(name));
  const audio = new Set((await Promise.all(nameless.map((file) => filesAtOnce(() => audioIn(file))))).flat());
  const byName = new Map(files.map((file) => [file.name, file]));
  const ignored = ignoredFiles(wanted, files, [...used, ...meant], (name) => audio.has(name)).map(
    async ({ name, why }) => {
      const code = 'NOT_USED' as const;
      if (name === MORE) return { file: '.', code, message: `has more recordings that are not used: ${why}` };
      const { path, size } = byName.get(name) ?? { path: '', size: 0 };
      const isSound =
        anyFormatNamed(name)?.use === 'video' &&
        (await filesAtOnce(() => holdsOnlySound(path, size)).catch(() => false));
      const better = `it is a video file that holds only sound: save it as .wav, or rename it to end with .${/\.mkv$/i.test(name) ? 'mka' : 'm4a'}`;
      return { file: name, code, message: `is not used: ${isSound ? better : why}` };
    },
  );
  return (await Promise.all(ignored)).map((problem) => ({ severity: 'warning', ...problem }));
}

/**
 * Warns about what would be a sample if it were a file, and of folders that cannot be opened. Of samples that `files` lists, it is an
 * error already.
 */
export function unopenedSamples(
  { files }: Pick<Manifest, 'files'>,
  others: readonly { name: string; why: string }[],
): Problem[] {
  const folders = others.filter(({ name }) => name.endsWith('/') && !isHidden(name));
  const named = [...(files ? [] : directAudioFiles(others)), ...folders];
  return named.map(({ name, why }) => ({
    severity: 'warning',
    file: name,
    code: 'NOT_USED',
    message: `is not used: ${why}`,
  }));
}

/** Refuses samples that a download program did not complete. */
export function unfinishedDownloads(marks: readonly LocalFile[]): Problem[] {
  return marks.map(({ name }) => ({
    severity: 'error',
    file: name.replace(DOWNLOAD_MARK, ''),
    message: `is not all there: ${name} marks an incomplete download`,
    suggestion: 'let the download end, or start it again; if all is there, delete that file',
  }));
}

/** The files by which download programs mark samples as incomplete. */
export function downloadMarks(files: readonly LocalFile[], samples: readonly LocalFile[]): LocalFile[] {
  const names = new Set(samples.map(({ name }) => name));
  return files.filter(({ name }) => DOWNLOAD_MARK.test(name) && names.has(name.replace(DOWNLOAD_MARK, '')));
}

/**
 * Warns about voice folders in this one, which are not dropped with it.
 *
 * @param named what is also checked or dropped
 */
export async function unnamedFolders(
  path: string,
  files: readonly LocalFile[],
  named: readonly Pick<FoundFolder, 'realPath'>[],
): Promise<Problem[]> {
  const nested = nestedVoiceFolders(files);
  const places = await Promise.all(nested.map((file) => realpath(join(path, file)).catch(() => file)));
  return nested
    .filter((_, index) => named.every(({ realPath }) => realPath !== places[index]))
    .map((file) => ({
      severity: 'warning',
      file,
      message:
        'is a voice folder of its own: it is neither checked nor dropped with this one, so name it too',
    }));
}

/** The file's name, if it has the content of a format that is used, and can be read. */
async function audioIn({ name, path }: LocalFile): Promise<string[]> {
  const { use } = formatIn(await startOf(path, SNIFF_BYTES).catch(() => Buffer.alloc(0))) ?? {};
  return typeof use === 'object' ? [name] : [];
}

function parse(json: string): string {
  return String(JSON.parse(json));
}
