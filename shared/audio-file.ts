/** Media types by file name extension: the audio formats that voice providers take, and their usual variants. */
const mediaTypes = new Map(
  Object.entries({
    aac: 'audio/aac',
    aif: 'audio/aiff',
    aiff: 'audio/aiff',
    amr: 'audio/amr',
    caf: 'audio/x-caf',
    flac: 'audio/flac',
    m4a: 'audio/mp4',
    mp3: 'audio/mpeg',
    mp4: 'audio/mp4',
    mpga: 'audio/mpeg',
    oga: 'audio/ogg',
    ogg: 'audio/ogg',
    opus: 'audio/ogg',
    wav: 'audio/wav',
    wave: 'audio/wav',
    weba: 'audio/webm',
    webm: 'audio/webm',
    wma: 'audio/x-ms-wma',
  }),
);

/** The media type that a file name's extension stands for; undefined when it is not one of audio. */
export function audioMediaType(fileName: string): string | undefined {
  const dot = fileName.lastIndexOf('.');
  return dot < 0 ? undefined : mediaTypes.get(fileName.slice(dot + 1).toLowerCase());
}

/** How many bytes of a sample {@link plainlyNotAudio} wants to see. */
export const SNIFF_BYTES = 512;

/**
 * Says what the beginning of a file is when it is plainly not audio, such as an error page saved under an audio
 * file's name: sending it would cost a call, or a useless voice. Undefined when it may be audio.
 */
export function plainlyNotAudio(start: Uint8Array): string | undefined {
  const binary = String.fromCharCode(...start);
  if (binary.startsWith('PK\x03\x04')) return 'a ZIP archive';
  if (binary.startsWith('%PDF-')) return 'a PDF document';
  if (binary.startsWith('\x89PNG')) return 'a PNG image';
  if (binary.startsWith('\xff\xd8\xff')) return 'a JPEG image';
  // Every audio container begins with bytes that no text has: lengths, versions, sync words.
  if (!isText(start)) return undefined;
  const text = binary.replace(/^(?:\xef\xbb\xbf)?\s*/, '').toLowerCase();
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'a web page (HTML)';
  if (text.startsWith('<')) return 'an XML document';
  if (text.startsWith('{') || text.startsWith('[')) return 'a JSON document';
  return 'plain text';
}

function isText(bytes: Uint8Array): boolean {
  try {
    // `stream` tolerates a character that is cut at the end.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    // oxlint-disable-next-line no-control-regex -- control characters are what tells binary data from text
    return !/[\x00-\x08\x0e-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}
