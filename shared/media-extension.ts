import { audioMediaType, extensionOf } from './media-types.ts';

/** Common file name extensions by media type. */
const extensions = new Map(
  Object.entries({
    'application/ogg': 'ogg',
    'audio/3gpp': '3gp',
    'audio/3gpp2': '3g2',
    'audio/aac': 'aac',
    'audio/aacp': 'aac',
    'audio/aiff': 'aiff',
    'audio/amr': 'amr',
    'audio/flac': 'flac',
    'audio/m4a': 'm4a',
    'audio/mp3': 'mp3',
    'audio/mp4': 'm4a',
    'audio/mpeg': 'mp3',
    'audio/ogg': 'ogg',
    'audio/opus': 'opus',
    'audio/vnd.wave': 'wav',
    'audio/wav': 'wav',
    'audio/wave': 'wav',
    'audio/webm': 'webm',
    'audio/x-aac': 'aac',
    'audio/x-aiff': 'aiff',
    'audio/x-caf': 'caf',
    'audio/x-flac': 'flac',
    'audio/x-m4a': 'm4a',
    'audio/x-ms-wma': 'wma',
    'audio/x-wav': 'wav',
    'video/3gpp': '3gp',
    'video/mp4': 'mp4',
    'video/webm': 'webm',
  }),
);

/** Rare extensions and their common equivalents. n8n uses mime-db, which returns the rare ones. */
const rare = new Map([
  ['mpga', 'mp3'],
  ['oga', 'ogg'],
  ['weba', 'webm'],
]);

/**
 * Gives a file name the common extension for its media type: `speech.mpga` becomes `speech.mp3`, and
 * `download` of type `audio/flac` becomes `download.flac`. Other names are unchanged.
 */
export function withCommonExtension(fileName: string, mediaType: string): string {
  const given = extensionOf(fileName);
  const common = rare.get(given);
  if (common !== undefined) return fileName.slice(0, -given.length) + common;
  if (audioMediaType(fileName)) return fileName;
  // Drops parameters, as in `audio/ogg; codecs=opus` (RFC 9110, section 8.3.1).
  const extension = extensions.get(mediaType.replace(/;.*/s, '').trim().toLowerCase());
  return extension === undefined || extension === given ? fileName : `${fileName}.${extension}`;
}
