import { tagLength } from './audio-frames.ts';
import { audioFormats, audioMediaType, extensionOf, formatIn, formatNamed } from './audio-formats.ts';

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
      [typeof use === 'object' ? use.mediaType : '', ...aliases].includes(type),
    )?.extensions ?? [];
  return extension === undefined || extension === given ? fileName : `${fileName}.${extension}`;
}

/**
 * The name and media type of a file whose own name is not one of a sample, by its first bytes: `file` that holds an
 * MP3 becomes `file.mp3`, `audio/mpeg`. Undefined if the content is unknown, or of a format that is not sent.
 *
 * A long ID3 tag hides what follows it; that is an MP3, but for rarities.
 */
export function namedByContent(
  fileName: string,
  start: Uint8Array,
): { name: string; mediaType: string } | undefined {
  const isTagged = tagLength(start) >= start.length;
  const format = isTagged ? formatNamed('.mp3') : formatIn(start);
  const [extension] = format?.extensions ?? [];
  if (typeof format?.use !== 'object' || extension === undefined) return undefined;
  return { name: `${fileName}.${extension}`, mediaType: format.use.mediaType };
}
