import { audioMediaType, extensionOf } from '../shared/media-types.ts';
import { folderOf, MANIFEST_NAME } from './names.ts';

/** A file that looks like a recording and is not used. */
export interface IgnoredFile {
  /** Relative to the voice folder; ends with a slash where it is a folder. */
  name: string;
  /** A sentence without its full stop that begins with a small letter: why, and what to do. */
  why: string;
}

/** More than a person reads; a folder can hold thousands. */
const MAX_IGNORED = 100;

/**
 * Names what looks like a recording and is not sent, so that nothing that somebody recorded is passed over in silence:
 * for `result.json`, `check`, `init`, `drop` and `npm start` alike. Not named are files that are hidden, as macOS puts a
 * `._one.mp3` beside each `one.mp3` on foreign disks, and those of another voice folder further down.
 *
 * @param manifest whether it has a list of `files`
 * @param found all that is in the folder, by names relative to it; a folder whose content is not known by its name and a
 *   slash
 * @param samples those that are sent, or would be if they were right
 * @returns at most 100, in name order
 */
export function ignoredFiles(
  { files }: { files?: readonly string[] | undefined },
  found: readonly { name: string }[],
  samples: readonly { name: string }[],
): IgnoredFile[] {
  const used = new Set(samples.map(({ name }) => name));
  const folders = found
    .filter(({ name }) => name !== MANIFEST_NAME && name.endsWith(`/${MANIFEST_NAME}`))
    .map(({ name }) => folderOf(name));
  return found
    .filter(({ name }) => !used.has(name) && !folders.some((folder) => name.startsWith(folder)))
    .flatMap(({ name }) => {
      const why = name.endsWith('/') ? whyNotFolder(name, samples) : whyNotUsed(name, files !== undefined);
      return why === undefined ? [] : [{ name, why }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, MAX_IGNORED);
}

/** Undefined when it does not look like a recording. */
function whyNotUsed(path: string, isListed: boolean): string | undefined {
  const folder = folderOf(path);
  const name = path.slice(folder.length);
  const [, kept, holder] = /^\.?(.+)\.(icloud|cloudf?)$/i.exec(name) ?? [];
  if (kept !== undefined && isRecording(kept)) {
    const by = holder?.toLowerCase() === 'icloud' ? 'iCloud' : 'OneDrive';
    return `it is a placeholder that ${by} left for "${kept}": download that to this computer first`;
  }
  if (isHidden(path)) return undefined;
  const [, begun] = /^(.+)\.(?:crdownload|download|filepart|part|partial|tmp)$/i.exec(name) ?? [];
  if (begun !== undefined && isRecording(begun)) return 'it is not downloaded to its end';
  if (audioMediaType(name) === undefined) {
    if (isRecording(name.trimEnd())) {
      return isRecording(name)
        ? `${videos.has(extensionOf(name)) ? 'it is a video' : 'no provider takes its format'}: save the sound as .wav or .m4a`
        : 'its name ends with a space';
    }
    return undefined;
  }
  if (isListed) return '"files" does not name it';
  return folder === ''
    ? undefined
    : `it is in a folder below: move it beside ${MANIFEST_NAME}, or name it in "files"`;
}

function whyNotFolder(folder: string, samples: readonly { name: string }[]): string | undefined {
  if (isHidden(folder) || samples.some(({ name }) => name.startsWith(folder))) return undefined;
  return `it is a folder: what is in it is used where "files" names it, or with a ${MANIFEST_NAME} of its own`;
}

function isHidden(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('.'));
}

function isRecording(name: string): boolean {
  const extension = extensionOf(name);
  return audioMediaType(name) !== undefined || videos.has(extension) || uncommon.has(extension);
}

/** Cameras and screen recorders write these. */
const videos = new Set('3g2 avi flv m2ts m4v mkv mov mpeg mpg mts wmv'.split(' '));

/** Formats of sound that no provider's documentation names, and hardly anybody else reads. */
const uncommon = new Set(
  'ac3 ape awb dss ds2 dsf gsm m4p m4r mid mpc oma ra rf64 sd2 sph spx tta voc w64 wv'.split(' '),
);
