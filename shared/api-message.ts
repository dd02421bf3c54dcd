import { shorten } from './shorten.ts';

const MAX_LENGTH = 500;

/**
 * Extracts a readable message from an API error. The API uses NestJS's format: `message` is a string, or a
 * list of strings if several fields are invalid. Any other body is returned as is, shortened.
 */
export function apiMessage(body: string): string {
  const message = messageIn(body) ?? body;
  return shorten(message.replaceAll(/\s+/g, ' ').trim(), MAX_LENGTH);
}

function messageIn(body: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { message, error } = json as { message?: unknown; error?: unknown };
  const texts = [message ?? error].flat().filter((text) => typeof text === 'string');
  return texts.length > 0 ? texts.join('; ') : undefined;
}
