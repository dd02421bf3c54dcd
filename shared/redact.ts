/** The longest way to write a character that is looked for: some backslashes and `u0041`. */
const MAX_WRITTEN = 8 + 5;

/**
 * An answer of the API without the key, which it may quote back at us ("Invalid key …") and which must reach no log and
 * no result. The text may be JSON, JSON in JSON, a piece of JSON, or none: the key is found however JSON writes it (RFC
 * 8259, section 7), without reading the text as such.
 */
export function redact(text: string, secret: string | undefined): string {
  if (!secret) return text;
  return withoutBeginning(text.replaceAll(new RegExp(written(secret), 'g'), '[API key]'), secret);
}

/** An answer may break off in the middle of a quoted key; less than four characters of it give nothing away. */
function withoutBeginning(text: string, secret: string): string {
  const tailStart = Math.max(0, text.length - secret.length * MAX_WRITTEN);
  const tail = text.slice(tailStart);
  for (let length = secret.length - 1; length >= 4; length--) {
    const found = new RegExp(`${written(secret.slice(0, length))}$`).exec(tail);
    if (found) return text.slice(0, tailStart + found.index);
  }
  return text;
}

/** A pattern for a text: each character as it is or by its number, with the backslashes that quoting adds. */
function written(secret: string): string {
  return Array.from({ length: secret.length }, (_, index) => {
    const hex = secret.charCodeAt(index).toString(16).padStart(4, '0');
    const anyCase = hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    return `\\\\{0,8}(?:\\u${hex}|u${anyCase})`;
  }).join('');
}
