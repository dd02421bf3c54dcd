/** The longest encoding of one character that is matched: up to eight backslashes and `u0041`. */
const MAX_WRITTEN = 8 + 5;

/**
 * Removes the API key from an answer. The API may quote the key ("Invalid key …"), which must not reach a log
 * or a result. Matches every JSON escaping of the key (RFC 8259, section 7) without parsing, so the text may
 * be JSON, nested JSON, a fragment of JSON, or plain text.
 */
export function redact(text: string, secret: string | undefined): string {
  if (!secret) return text;
  return withoutBeginning(text.replaceAll(new RegExp(written(secret), 'g'), '[API key]'), secret);
}

/** Also removes a key that is cut off at the end of the text. Fewer than four characters reveal nothing. */
function withoutBeginning(text: string, secret: string): string {
  const tailStart = Math.max(0, text.length - secret.length * MAX_WRITTEN);
  const tail = text.slice(tailStart);
  for (let length = secret.length - 1; length >= 4; length--) {
    const found = new RegExp(`${written(secret.slice(0, length))}$`).exec(tail);
    if (found) return text.slice(0, tailStart + found.index);
  }
  return text;
}

/**
 * A pattern that matches each character literally or as `\uXXXX`, with the backslashes that escaping adds.
 */
function written(secret: string): string {
  return Array.from({ length: secret.length }, (_, index) => {
    const hex = secret.charCodeAt(index).toString(16).padStart(4, '0');
    const anyCase = hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    return `\\\\{0,8}(?:\\u${hex}|u${anyCase})`;
  }).join('');
}
