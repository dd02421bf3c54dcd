import { stripVTControlCharacters } from 'node:util';

/** A table for a terminal: columns side by side, two spaces between them, nothing at the ends of lines. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => width(row[column] ?? ''))));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Text of somebody else's, such as a name in a bucket, which must not move the cursor or do worse. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is to be taken out
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '\ufffd');
}

/** How many characters a reader sees: an accent that is written apart is none. */
function width(text: string): number {
  return Array.from(new Intl.Segmenter().segment(stripVTControlCharacters(text))).length;
}
