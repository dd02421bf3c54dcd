import { Command, Option } from 'commander';
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Benchmark, Findings, Table, Target } from './benchmark.ts';
import { dropToVoice } from './drop-to-voice.ts';
import { latency } from './latency.ts';
import { n8n } from './n8n.ts';
import { requests } from './requests.ts';
import { scale } from './scale.ts';
import { startUp } from './start-up.ts';
import { slowApi } from './slow-api.ts';
import { smallMemory } from './small-memory.ts';
import { upload } from './upload.ts';

const benchmarks: Benchmark[] = [
  startUp,
  requests,
  dropToVoice,
  upload,
  latency,
  slowApi,
  smallMemory,
  scale,
  n8n,
];

const { only, check, json } = new Command('npm run bench --')
  .description('Measures the product on this machine, against what others do.')
  .addOption(
    new Option('--only <name...>', 'some of the benchmarks').choices(benchmarks.map(({ name }) => name)),
  )
  .option('--check', 'only what does not depend on how fast the machine is; fails when a target is missed')
  .option('--json', 'for machines')
  .addHelpText(
    'after',
    `\nBenchmarks:\n${benchmarks.map(({ name, description }) => `  ${name}\n      ${description}`).join('\n')}`,
  )
  .parse()
  .opts<{ only?: string[]; check?: boolean; json?: boolean }>();

const results: ({ name: string } & Findings)[] = [];
for (const benchmark of benchmarks) {
  const { name } = benchmark;
  if (only && !only.includes(name)) continue;
  if (check && !benchmark.check) continue;
  if (!json) console.log(`\n${styleText('bold', name)}: ${benchmark.description}`);
  const findings = check ? { tables: [], targets: (await benchmark.check?.()) ?? [] } : await benchmark.run();
  results.push({ name, ...findings });
  if (!json) print(findings);
}
if (json) console.log(JSON.stringify(results, null, 2));
if (results.some(({ targets }) => targets.some(({ met }) => !met))) process.exitCode = 1;

function print({ tables, targets }: Findings): void {
  for (const table of tables) console.log(`\n${formatTable(table)}`);
  if (targets.length > 0) console.log(`\n${targets.map(formatTarget).join('\n')}`);
}

function formatTarget({ demand, measured, met }: Target): string {
  return `${met ? styleText('green', 'met   ') : styleText('red', 'MISSED')} ${demand}: ${measured}`;
}

/** As Markdown, so that it can be pasted into a page. */
function formatTable({ title, columns, rows, notes = [] }: Table): string {
  const cells = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => width(row[index] ?? ''))));
  const line = (row: string[]) =>
    `| ${row.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join(' | ')} |`;
  const [head = [], ...body] = cells;
  const rule = `|${widths.map((each, index) => (index === 0 ? '-'.repeat(each + 2) : `${'-'.repeat(each + 1)}:`)).join('|')}|`;
  return [title, '', line(head), rule, ...body.map(line), ...notes.map((note) => `\n${note}`)].join('\n');
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}
