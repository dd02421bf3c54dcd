import { audioMediaType, extensionOf, extensionsOf } from '../shared/audio-formats.ts';
import { anyFormatNamed } from '../shared/other-formats.ts';
import { folderOf, isMisnamedManifest, MANIFEST_NAME } from './names.ts';

/** A file that looks like a recording, or the manifest, but is not used. */
export interface IgnoredFile {
  /** Relative to the voice folder; ends with a slash if it is a folder. */
  name: string;
  /** Why, and what to do: a sentence in lowercase, without the period. */
  why: string;
}

/** More than anyone reads; a folder can contain thousands. */
const MAX_IGNORED = 100;

/** The name of the entry that stands for those not listed. */
export const MORE = '…';

/**
 * Lists files that look like recordings but are not sent, so that no recording is ignored silently; and copies of the
 * manifest, of which people edit the wrong one. Skips hidden files, because macOS writes a `._one.mp3` next to each
 * `one.mp3` on non-Apple file systems, and skips the files of nested voice folders.
 *
 * @param manifest only its `files` matter
 * @param found everything in the folder, by relative name; a folder whose content is unknown ends with a
 *   slash
 * @param samples the files that are sent, or would be if they were valid
 * @param mayBeAudio whether a file without an extension may be a recording. S3's listings do not tell content types
 * @returns at most 100, in name order; {@link MORE} counts those beyond
 */
export function ignoredFiles(
  { files }: { files?: readonly string[] | undefined },
  found: readonly { name: string }[],
  samples: readonly { name: string }[],
  mayBeAudio: (name: string) => boolean = () => false,
): IgnoredFile[] {
  const used = new Set(samples.map(({ name }) => name));
  const names = new Set(found.map(({ name }) => name));
  const folders = nestedVoiceFolders(found);
  const ignored = found
    .filter(({ name }) => !used.has(name) && !folders.some((folder) => name.startsWith(folder)))
    .flatMap(({ name }) => {
      const why = name.endsWith('/')
        ? whyNotFolder(name, samples)
        : (whyNotUsed(name, names, files !== undefined) ?? whyWithoutExtension(name, mayBeAudio));
      return why === undefined ? [] : [{ name, why }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (ignored.length <= MAX_IGNORED) return ignored;
  const more = ignored.length - MAX_IGNORED + 1;
  return [
    ...ignored.slice(0, MAX_IGNORED - 1),
    { name: MORE, why: `${more} more files are not used either` },
  ];
}

/** Whether a name has no extension; a number, a word or a sentence after a dot does not count. */
export function hasNoExtension(name: string): boolean {
  return /^$|^\d+$|^\s|.{9}/.test(extensionOf(name));
}

/** The voice folders inside a voice folder; their names end with a slash. */
export function nestedVoiceFolders(found: readonly { name: string }[]): string[] {
  return found.filter(({ name }) => name.endsWith(`/${MANIFEST_NAME}`)).map(({ name }) => folderOf(name));
}

/** Undefined if the file does not look like a recording. */
function whyNotUsed(path: string, names: ReadonlySet<string>, isListed: boolean): string | undefined {
  const folder = folderOf(path);
  const name = path.slice(folder.length);
  const [, kept, holder] = /^\.?(.+)\.(icloud|cloudf?)$/i.exec(name) ?? [];
  if (kept !== undefined && isRecording(kept)) {
    const by = holder?.toLowerCase() === 'icloud' ? 'iCloud' : 'OneDrive';
    return `it is ${by}’s placeholder for "${kept}": download that file to this computer first`;
  }
  if (isHidden(path)) return undefined;
  const whole = name.replace(DOWNLOAD_MARK, '');
  if (whole !== name && isRecording(whole)) {
    return `it marks an incomplete download of "${whole}": download that again`;
  }
  if (isMisnamedManifest(path))
    return `only ${MANIFEST_NAME} counts: if you mean this one, give it that name`;
  const begun = name.replace(UNFINISHED, '');
  if (begun !== name && isRecording(begun)) return INCOMPLETE;
  if (audioMediaType(name) === undefined) return whyNotByName(name, (other) => names.has(folder + other));
  if (isListed) return '"files" does not list it';
  return folder === ''
    ? undefined
    : `it is in a subfolder: move it next to ${MANIFEST_NAME}, or list it in "files"`;
}

/**
 * What aria2, axel and lftp append to the name of a file that they keep beside a recording until all of it is there. The recording may
 * have its whole size from the start (findings/aria2-stopped-download-is-whole.sh).
 */
export const DOWNLOAD_MARK = /\.(?:aria2|st|lftp-pget-status)$/i;

/**
 * What browsers and tools append to a name until all bytes are there, such as Chrome's `Unconfirmed 7.crdownload`, qBittorrent's `.!qB`
 * and BitComet's `.bc!`. Before it, rclone and MinIO put a hash; the AWS CLI appends only that.
 */
const UNFINISHED =
  /(?:\.(?:[\da-f-]{8,66}|baiduyun(?:\.p)?))?\.(?:\w*(?:download|part|partial|loading)|te?mp|part\.minio|(?:xl)?td|!\w+|\w+!)$|_\.gstmp$|\.(?=\d*[a-f])[\da-f]{8}$/i;
const INCOMPLETE = 'its download is incomplete';

const BACKUP = /^(?:~|\.(?:bak|old|orig))$/i;
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|br|zip|7z|rar)$/i;

function whyNotFolder(folder: string, samples: readonly { name: string }[]): string | undefined {
  if (isHidden(folder) || samples.some(({ name }) => name.startsWith(folder))) return undefined;
  return 'it is a folder: list its samples in "files" if they belong to this voice';
}

/** Whether a file or one of its folders is hidden, or is such that an operating system keeps for itself. */
export function isHidden(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('.') || OF_SYSTEMS.test(segment));
}

/** `__MACOSX` comes out of archives made on macOS; Synology's NAS and Windows keep the others beside what people save. */
const OF_SYSTEMS = /^(?:__MACOSX|@eaDir|#recycle|\$RECYCLE\.BIN|System Volume Information)$/i;

/** Whether a file is a recording or a video by its extension. */
function isRecording(name: string): boolean {
  return anyFormatNamed(name) !== undefined;
}

/** Why a file is not a sample, by its name alone; undefined if it does not look like a recording. */
function whyNotByName(name: string, isThere: (name: string) => boolean): string | undefined {
  const unpacked = name.replace(COMPRESSED, '');
  if (unpacked !== name && isRecording(unpacked))
    return isThere(unpacked) ? undefined : 'it is compressed: unpack it';
  const [, meant, rest] = /^(.+\.\w+?)([?#&;%].*|\.(?:\d+|bak|old|orig)| ?\(\d+\)|~| +)$/i.exec(name) ?? [];
  if (meant !== undefined && rest !== undefined && isRecording(meant)) {
    if (rest.trim() === '') return 'its name ends with a space';
    if (isThere(meant) && BACKUP.test(rest)) return undefined;
    const remedy = isThere(meant) ? 'give it a name of its own' : `rename it to ${meant}`;
    return `its name ends with "${rest}": ${remedy}`;
  }
  const format = anyFormatNamed(name);
  if (!format || typeof format.use === 'object') return undefined;
  switch (format.use) {
    case 'video':
      return 'it is a video file: save the audio as .wav or .m4a';
    case 'rename':
      return `its extension is one that few programs know: rename it to end with .${extensionsOf(format.container)[0]}`;
    case 'unsupported':
      return 'no provider documents its format: save the audio as .wav or .m4a';
  }
}

function whyWithoutExtension(path: string, mayBeAudio: (name: string) => boolean): string | undefined {
  const name = path.slice(folderOf(path).length);
  if (isHidden(path) || !hasNoExtension(name) || /^[A-Z]+$|file$/.test(name) || !mayBeAudio(path))
    return undefined;
  if (UNFINISHED.test(name)) return INCOMPLETE;
  return 'its name has no extension: if it is a recording, give it one, such as .wav, or list it in "files"';
}
