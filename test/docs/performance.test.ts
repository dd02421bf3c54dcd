import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { benchmarks } from '../bench/benchmarks.ts';
import { sectionsOf, tablesPage } from '../bench/tables-page.ts';

const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
const sections = new Map(sectionsOf(readFileSync(tablesPage, 'utf8')));

it('docs/performance-tables.md has a section for each benchmark', () => {
  expect([...sections.keys()]).toEqual(benchmarks.map(({ name }) => name));
});

describe('docs/performance.md', () => {
  const rows = [...page.matchAll(/^\|(.*\*\*.*)\|.*\(performance-tables\.md#([\w-]+)\) \|$/gm)];

  it('quotes what was measured', () => {
    expect(rows.length).toBeGreaterThan(5);
  });

  it.each(rows.map(([, quoted = '', section = '']) => ({ quoted: quoted.trim(), section })))(
    'has from the tables: $quoted',
    ({ quoted, section }) => {
      const numbers = Array.from(quoted.matchAll(/\*\*(.+?)\*\*/g), ([, number]) => number);
      const cells = new Set((sections.get(section) ?? '').split('|').map((cell) => cell.trim()));
      expect(numbers.filter((number) => !cells.has(number ?? ''))).toEqual([]);
    },
  );
});
