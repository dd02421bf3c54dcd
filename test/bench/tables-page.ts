import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Findings } from './benchmark.ts';
import { formatTable, formatTargets } from './format.ts';
import { describeLoad, type Load } from './load.ts';

export const tablesPage = fileURLToPath(new URL('../../docs/performance-tables.md', import.meta.url));

/** What a benchmark found, and how busy the machine was. */
export interface Measured extends Findings {
  benchmark: Benchmark;
  /** How long it took. */
  seconds: number;
  load: Load;
}

/** Writes what was measured into `docs/performance-tables.md`. What was not measured this time stays as it is there. */
export function writeTablesPage(measured: readonly Measured[], all: readonly Benchmark[]): void {
  const sections = new Map(sectionsOf(existsSync(tablesPage) ? readFileSync(tablesPage, 'utf8') : ''));
  for (const each of measured) sections.set(each.benchmark.name, sectionOf(each));
  const known = all.flatMap(({ name }) => sections.get(name) ?? []);
  writeFileSync(tablesPage, `${HEAD}\n${known.join('\n')}`);
}

/** The sections of the page by the names of their benchmarks. */
export function sectionsOf(page: string): [name: string, section: string][] {
  return page
    .split(/^(?=## )/m)
    .slice(1)
    .map((section) => [/^## (.*)/.exec(section)?.[1] ?? '', `${section.trimEnd()}\n`]);
}

const HEAD = `# Performance: all tables

<!-- Written by \`npm run bench -- --write\`. Do not edit: the next run writes it anew. -->

Everything that \`npm run bench\` measures, as it was printed. What of it matters to users is in [performance.md](performance.md).
Source, uploader and sink share one machine: look at ratios, not at MB/s.
`;

/** When, on what and beside what it was measured. */
export function describeConditions({ seconds, load }: Measured): string {
  const day = new Date().toISOString().slice(0, 10);
  const machine = `Node ${process.versions.node}, ${availableParallelism()} cores`;
  return `${day}, ${machine}, ${seconds} seconds. ${describeLoad(load)}`;
}

function sectionOf(measured: Measured): string {
  const { benchmark, tables, targets } = measured;
  return [
    `## ${benchmark.name}`,
    benchmark.description,
    describeConditions(measured),
    ...tables.map(formatTable),
    ...(targets.length > 0 ? [formatTargets(targets)] : []),
  ]
    .join('\n\n')
    .concat('\n');
}
