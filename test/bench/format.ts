import stringWidth from 'string-width';
import type { Table, Target } from './benchmark.ts';

/** As Markdown, so that it can stand in a page. */
export function formatTable({ title, columns, rows, notes = [] }: Table): string {
  return [`**${title}**`, '', markdownTable(columns, rows), ...notes.map((note) => `\n${note}`)].join('\n');
}

/** All targets of a benchmark, as Markdown. */
export function formatTargets(targets: readonly Target[]): string {
  const rows = targets.map(({ demand, measured, met }) => [demand, measured, met ? 'yes' : '**missed**']);
  return markdownTable(['demanded', 'measured', 'met'], rows);
}

/** Numbers are set right, beside what they are about. */
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
