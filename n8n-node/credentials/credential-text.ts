/** A field of a credential, or a value from a table, without the white space and quotes that people paste. */
export function textOf(value: unknown): string {
  return [value]
    .join('')
    .trim()
    .replace(/^(["'])\s*(.*?)\s*\1$/s, '$2');
}

/** RFC 9110, section 5.5: what can be sent as a header. */
export function isApiKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** What {@link isApiKey} asks for: the rest of a sentence. */
export const API_KEY_RULE = 'must be visible ASCII characters, without spaces or "Bearer"';
