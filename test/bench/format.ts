import stringWidth from 'string-width';
import type { Table, Target } from './benchmark.ts';

/** Formats a table as Markdown, for the terminal and the page. */
export function formatTable({ title, columns, rows, notes = [] }: Table): string {
  return [`**${title}**`, '', markdownTable(columns, rows), ...notes.map((note) => `\n${note}`)].join('\n');
}

/** Formats targets as a Markdown table. */
export function formatTargets(targets: readonly Target[]): string {
  const rows = targets.map(({ demand, measured, met }) => [demand, measured, met ? 'yes' : '**missed**']);
  return markdownTable(['target', 'measured', 'met'], rows);
}

/** Aligns the first column left and the others right. */
function markdownTable(columns: readonly string[], rows: readonly (string | number)[][]): string {
  const cells = [columns, ...rows.map((row) => row.map((cell) => String(cell).replaceAll('|', '\\|')))];
  const widths = columns.map((_, index) => Math.max(3, ...cells.map((row) => stringWidth(row[index] ?? ''))));
  const padded = (cell: string, index: number) => {
    const padding = ' '.repeat((widths[index] ?? 0) - stringWidth(cell));
    return index === 0 ? cell + padding : padding + cell;
  };
  const line = (row: readonly string[]) => `| ${row.map(padded).join(' | ')} |`;
  const rule = widths.map((width, index) =>
    index === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`,
  );
  const [head = [], ...body] = cells;
  return [line(head), `|${rule.join('|')}|`, ...body.map(line)].join('\n');
}
