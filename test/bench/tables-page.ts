import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Findings } from './benchmark.ts';
import { formatTable, formatTargets } from './format.ts';
import { describeLoad, type Load } from './load.ts';

/** The path of the page that `bench --write` writes. */
export const tablesPage = fileURLToPath(new URL('../../docs/performance-tables.md', import.meta.url));

/** A benchmark's findings, and the conditions under which it ran. */
export interface Measured extends Findings {
  benchmark: Benchmark;
  /** The actual duration. */
  seconds: number;
  load: Load;
}

/** Writes sections to `docs/performance-tables.md`. Keeps the sections of benchmarks that did not run. */
export function writeTablesPage(measured: readonly Measured[], all: readonly Benchmark[]): void {
  const sections = new Map(sectionsOf(existsSync(tablesPage) ? readFileSync(tablesPage, 'utf8') : ''));
  for (const each of measured) sections.set(each.benchmark.name, sectionOf(each));
  const known = all.flatMap(({ name }) => sections.get(name) ?? []);
  writeFileSync(tablesPage, `${HEAD}\n${known.join('\n')}`);
}

/** The page's sections, with the names of their benchmarks. */
export function sectionsOf(page: string): [name: string, section: string][] {
  return page
    .split(/^(?=## )/m)
    .slice(1)
    .map((section) => [/^## (.*)/.exec(section)?.[1] ?? '', `${section.trimEnd()}\n`]);
}

const HEAD = `# Performance: all tables

<!-- Written by \`npm run bench -- --write\`. Do not edit: the next run overwrites it. -->

All results of \`npm run bench\`, as it printed them. [performance.md](performance.md) has those that matter to users.
The source, the uploader and the sink share one machine: compare ratios, not MB/s.
`;

/** The date, the machine, the duration and the load. */
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
