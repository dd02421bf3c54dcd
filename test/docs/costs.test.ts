import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Table } from '../bench/benchmark.ts';
import { costTable, documentedUsage, monthlyTable } from '../bench/cost.ts';

const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
const section = /\n## What it costs\n(.*?)\n## /s.exec(page)?.[1] ?? '';

const cellsOf = ({ columns, rows }: Table) => [columns, ...rows].map((row) => row.map(String));

it('docs/deploy.md has the tables of costs that counts and prices come to', () => {
  const lines = section.split('\n').filter((line) => line.startsWith('|') && !/^\|[-|: ]*$/.test(line));
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells).toEqual([...cellsOf(costTable(documentedUsage)), ...cellsOf(monthlyTable())]);
});
