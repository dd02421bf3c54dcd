import { tagLength } from './audio-frames.ts';
import {
  audioFormats,
  audioMediaType,
  extensionOf,
  extensionsOf,
  formatIn,
  formatNamed,
} from './audio-formats.ts';

/**
 * Gives a file name the common extension for its media type: `speech.mpga` becomes `speech.mp3`, and
 * `download` of type `audio/flac` becomes `download.flac`. Other names are unchanged. n8n uses mime-db, which
 * returns the rare extensions.
 */
export function withCommonExtension(fileName: string, mediaType: string): string {
  const given = extensionOf(fileName);
  const { extensions = [], rareExtensions } = formatNamed(fileName) ?? {};
  if (rareExtensions?.includes(given)) return fileName.slice(0, -given.length) + extensions[0];
  if (audioMediaType(fileName)) return fileName;
  // Drops parameters, as in `audio/ogg; codecs=opus` (RFC 9110, section 8.3.1).
  const type = mediaType.replace(/;.*/s, '').trim().toLowerCase();
  const [extension] =
    audioFormats.find(({ use, aliases = [] }) =>
      [typeof use === 'object' ? use.mediaType : undefined, ...aliases].includes(type),
    )?.extensions ?? [];
  return extension === undefined || extension === given ? fileName : `${fileName}.${extension}`;
}

/**
 * Names a file whose own name is not one of a sample by its first bytes: `file` that holds an MP3 becomes `file.mp3`.
 *
 * A long ID3 tag hides what follows it: almost always an MP3.
 *
 * @param declared its name by its declared type, which is returned if the bytes are of that type or unknown
 */
export function namedByContent(fileName: string, start: Uint8Array, declared = fileName): string {
  const isTagged = start.length > 0 && tagLength(start) >= start.length;
  const format = isTagged ? formatNamed('.mp3') : formatIn(start);
  if (typeof format?.use !== 'object') return declared;
  return audioMediaType(declared) && extensionsOf(format.container).includes(extensionOf(declared))
    ? declared
    : `${fileName}.${format.extensions[0]}`;
}
