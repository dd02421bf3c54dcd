import { shorten } from './shorten.ts';

const MAX_LENGTH = 500;

/**
 * Extracts a readable message from an API error. The API uses NestJS's format: `message` is a string, or a
 * list of strings if several fields are invalid. Returns the title of a web page, which comes from a proxy, and any
 * other body as it is, shortened.
 */
export function apiMessage(body: string): string {
  const message = messageIn(body) ?? (isPage(body) ? textOfPage(body) : body);
  return shorten(message.replaceAll(/\s+/g, ' ').trim(), MAX_LENGTH);
}

/** Whether an answer is a web page, which Callers never sends. */
export function isPage(body: string): boolean {
  return /^\s*</.test(body);
}

/** Whether an answer is JSON, as all answers of Callers are. */
export function isJson(body: string): boolean {
  return /^\s*[{[]/.test(body);
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
  const texts = [message || error].flat().filter((text) => typeof text === 'string');
  return texts.length > 0 ? texts.join('; ') : undefined;
}

/** The title of a web page, or its first words. */
function textOfPage(page: string): string {
  const start = page.slice(0, 10_000);
  const title = /<(?:title|h1)\b[^>]*>([^<]+)</i.exec(start)?.[1];
  const words = start.replaceAll(/<(script|style|head)\b[^]*?<\/\1>|<[^>]*>/gi, ' ');
  return (title ?? words).replaceAll(/&#?\w+;/g, (entity) => entities[entity] ?? entity);
}

const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&nbsp;': ' ',
  '&#39;': "'",
};
