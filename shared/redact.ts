/**
 * An answer of the API without the key, which it may quote back at us ("Invalid key …") and which must reach no log and
 * no result. JSON can write a text in many ways, so that is searched by its values.
 */
export function redact(text: string, secret: string | undefined): string {
  if (!secret) return text;
  const clean = (value: string) => value.replaceAll(secret, '[API key]');
  try {
    return clean(
      JSON.stringify(JSON.parse(text, (_, value) => (typeof value === 'string' ? clean(value) : value))),
    );
  } catch {
    return withoutBeginning(secret, clean(text));
  }
}

/** An answer may break off in the middle of a quoted key; less than four characters of it give nothing away. */
function withoutBeginning(secret: string, text: string): string {
  for (let length = secret.length - 1; length >= 4; length--) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length);
  }
  return text;
}
