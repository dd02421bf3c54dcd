import { shorten } from './shorten.ts';

const MAX_LENGTH = 500;

/**
 * The text of an API error for a person to read. The API answers as NestJS does: `message` is a text, or a list
 * of texts when several fields are wrong. Anything else comes back as it is, shortened.
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
