import { extensionOf, extensionsOf, formatIn } from './audio-formats.ts';

/** Detects a file's container format, such as `WAV`, from its first bytes. Undefined if unknown. */
export function containerIn(start: Uint8Array): string | undefined {
  return formatIn(start)?.container;
}

/**
 * The extension that the file should have if its own does not match its container. The media type depends on
 * the extension, and some providers rely on it. Undefined if the name is correct or the container is unknown.
 *
 * @param codec of the audio, if known
 */
export function rightExtension(
  name: string,
  container: string | undefined,
  codec?: string,
): string | undefined {
  const right = container === undefined ? [] : extensionsOf(container);
  if (right.length === 0 || right.includes(extensionOf(name))) return undefined;
  return codec === 'Opus' && container === 'Ogg' ? 'opus' : right[0];
}
