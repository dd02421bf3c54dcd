/**
 * Media types by file name extension: what voice providers document that they take, and its usual variants. ElevenLabs
 * names AAC, AIFF, FLAC, MP3, MP4/M4A, Ogg, Opus, WAV, WebM, QuickTime, Matroska and 3GPP
 * (https://elevenlabs.io/docs/capabilities/speech-to-text, "supported formats"; its page on cloning names none), Google
 * Cloud WAV, MP3 and M4A, Cartesia none. What no provider names is warned about by `callers-voice-clone check`.
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
    // Voice Memos of macOS: QuickTime, whose type would be one of video; it is read as MP4 is.
    qta: 'audio/mp4',
    snd: 'audio/basic',
    wav: 'audio/wav',
    wave: 'audio/wav',
    weba: 'audio/webm',
    webm: 'audio/webm',
    wma: 'audio/x-ms-wma',
  }),
);

/** The media type that a file name's extension stands for; undefined when it is not one of audio that is sent. */
export function audioMediaType(fileName: string): string | undefined {
  return mediaTypes.get(extensionOf(fileName));
}

/** What follows the last dot of a file's name, in small letters; empty when there is no dot. */
export function extensionOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot < 0 ? '' : fileName.slice(dot + 1).toLowerCase();
}
