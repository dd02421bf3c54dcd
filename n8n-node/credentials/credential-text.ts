/** A field of a credential, or a value from a table, without the white space and quotes that people paste. */
export function textOf(value: unknown): string {
  // Unlike `String`, makes nothing of null and undefined.
  return [value]
    .join('')
    .trim()
    .replace(/^(["'])\s*(.*?)\s*\1$/s, '$2');
}

/** What an API key must be, because it is sent as a header (`VISIBLE_ASCII`): the rest of a sentence. */
export const API_KEY_RULE = 'must be visible ASCII characters, without spaces or "Bearer"';
