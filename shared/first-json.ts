/**
 * The first object or list of a text, without what follows, and without the signs that may precede it, such as byte order
 * marks and `)]}'`. Not one in a page or after words: it may be about something else. Nor one that is cut off.
 */
export function firstJsonIn(text: string): string {
  const json = text.replace(/^[^\w<[{]+/, '');
  let depth = 0;
  let isQuoted = false;
  for (const { 0: sign, index } of json.matchAll(/\\.|["[\]{}]/g)) {
    if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted) depth += /[[{]/.test(sign) ? 1 : -1;
    if (!depth) return json.slice(0, index + 1);
  }
  return json;
}
