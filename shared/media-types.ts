/**
 * Media types by file name extension: the formats that voice providers document, and their common variants.
 * - ElevenLabs: AAC, AIFF, FLAC, MP3, MP4/M4A, Ogg, Opus, WAV, WebM, QuickTime, Matroska and 3GPP
 *   (https://elevenlabs.io/docs/capabilities/speech-to-text, "supported formats"; its page on cloning lists
 *   none)
 * - Google Cloud: WAV, MP3 and M4A
 * - Cartesia: none documented
 *
 * `callers-voice-clone check` warns about formats that no provider documents.
 */
const mediaTypes = new Map(
  Object.entries({
    '3ga': 'audio/3gpp',
    '3gp': 'audio/3gpp',
    '3gpp': 'audio/3gpp',
    aac: 'audio/aac',
    aif: 'audio/aiff',
    aifc: 'audio/aiff',
    aiff: 'audio/aiff',
    amr: 'audio/amr',
    au: 'audio/basic',
    caf: 'audio/x-caf',
    flac: 'audio/flac',
    m4a: 'audio/mp4',
    m4b: 'audio/mp4',
    mka: 'audio/x-matroska',
    mp2: 'audio/mpeg',
    mp3: 'audio/mpeg',
    mp4: 'audio/mp4',
    mpga: 'audio/mpeg',
    oga: 'audio/ogg',
    ogg: 'audio/ogg',
    opus: 'audio/ogg',
    // macOS Voice Memos writes QuickTime, which parses like MP4; its own type would be a video type.
    qta: 'audio/mp4',
    snd: 'audio/basic',
    wav: 'audio/wav',
    wave: 'audio/wav',
    weba: 'audio/webm',
    webm: 'audio/webm',
    wma: 'audio/x-ms-wma',
  }),
);

/** The media type for a file name's extension; undefined if it is not a supported audio extension. */
export function audioMediaType(fileName: string): string | undefined {
  return mediaTypes.get(extensionOf(fileName));
}

/** The lowercase text after the last dot of a file name; empty if there is no dot. */
export function extensionOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot < 0 ? '' : fileName.slice(dot + 1).toLowerCase();
}
