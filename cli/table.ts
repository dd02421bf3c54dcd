import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import { columnsOf } from './output.ts';

/** A column of a {@link table}. */
export interface Column {
  head: string;
  /** Where to truncate cells if the terminal is narrow: paths in the middle, names at the end; never what one copies, such as URLs. */
  cut?: 'middle' | 'end';
  /** Whether the column is dropped if there is no room for it. */
  isOptional?: boolean;
}

/** Formats the rows of a listing: as a {@link table} on a terminal, otherwise with a tab between cells, for scripts. */
export function listing(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  if (process.stdout.isTTY) return table(columns, rows);
  return [columns.map(({ head }) => head), ...rows]
    .map((row) => columns.map((_, column) => row[column] ?? '').join('\t'))
    .join('\n');
}

/**
 * Formats a table for standard output, with two spaces between columns and no trailing spaces. Truncates
 * columns with `cut` to fit the terminal, down to a minimum width; other columns stay complete, so that they
 * can be copied.
 *
 * @param room in columns of the terminal
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room = columnsOf(process.stdout),
): string {
  const lines = [columns.map(({ head }) => head), ...rows];
  const widths = columns.map((_, column) => Math.max(...lines.map((row) => stringWidth(row[column] ?? ''))));
  const least = widths.map((width, column) => (columns[column]?.cut ? Math.min(width, SHORTEST_CUT) : width));
  const isTooNarrow = sumOf(least) > room;
  const isShown = columns.map(({ isOptional }) => !(isOptional && isTooNarrow));
  const shown = <Value>(values: readonly Value[]) => values.filter((_, column) => isShown[column]);
  const fitted = fit(shown(widths), shown(columns), room);
  return lines.map((row) => asLine(shown(row), shown(columns), fitted)).join('\n');
}

/** Narrows the widest columns first. */
function fit(widths: readonly number[], columns: readonly Column[], room: number): number[] {
  const fitted = [...widths];
  for (let tooWide = sumOf(fitted) - room; tooWide > 0; tooWide--) {
    const widest = Math.max(
      ...fitted.filter((width, column) => columns[column]?.cut && width > SHORTEST_CUT),
    );
    if (widest <= 0) break;
    fitted[fitted.findIndex((width, column) => width === widest && columns[column]?.cut)] = widest - 1;
  }
  return fitted;
}

/** The total width, including gaps. */
function sumOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

const GAP = '  ';
const SHORTEST_CUT = 10;

function asLine(row: readonly string[], columns: readonly Column[], widths: readonly number[]): string {
  return row
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      const cut = cutTo(cell, width, columns[column]?.cut);
      return cut + ' '.repeat(Math.max(0, width - stringWidth(cut)));
    })
    .join(GAP)
    .trimEnd();
}

/** Truncates text to a width in terminal columns, of which a wide character takes two. */
export function cutTo(text: string, columns: number, position: Column['cut'] = 'end'): string {
  return columns < 1 ? '' : cliTruncate(text, columns, { position });
}

export { onOneLine as plain } from '../shared/on-one-line.ts';
