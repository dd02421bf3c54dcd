import { expect, it } from 'vitest';
import { formatTable } from './format.ts';

it('formats a table as Markdown and escapes pipes in its cells', () => {
  const table = formatTable({
    title: 'Pipes',
    columns: ['', 'MB/s'],
    rows: [
      ['curl | curl', 338],
      ['25 × 10 MB', 9],
    ],
    notes: ['A note.'],
  });
  expect(table.split('\n')).toEqual([
    '**Pipes**',
    '',
    '|              | MB/s |',
    '|--------------|-----:|',
    '| curl \\| curl |  338 |',
    '| 25 × 10 MB   |    9 |',
    '',
    'A note.',
  ]);
});
