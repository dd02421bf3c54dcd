import { inspect, styleText } from 'node:util';
import { Command, Option } from 'commander';
import type { Benchmark, Findings, Report, Target } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { formatTable } from './format.ts';
import { busyProcessors } from './load.ts';
import { startProgress } from './progress.ts';
import { describeConditions, type Measured, writeTablesPage } from './tables-page.ts';

const { only, against, check, json, write } = new Command('npm run bench --')
  .description(
    'Measures the product on this machine and compares it with alternatives. Exits with 1 if a target is missed.',
  )
  .addOption(
    new Option('--only <name...>', 'run only these benchmarks').choices(benchmarks.map(({ name }) => name)),
  )
  .option('--against <commit>', 'also measure another commit, where a benchmark can')
  .option('--check', 'check only the targets that do not depend on the speed of the machine')
  .option('--json', 'print JSON instead of tables')
  .addOption(new Option('--write', 'write the results to docs/performance-tables.md').conflicts('check'))
  .addHelpText(
    'after',
    `\nBenchmarks:\n${benchmarks.map(({ name, description }) => `  ${name}\n      ${description}`).join('\n')}`,
  )
  .parse()
  .opts<{ only?: string[]; against?: string; check?: boolean; json?: boolean; write?: boolean }>();

const chosen = benchmarks.filter(
  (benchmark) => (only?.includes(benchmark.name) ?? true) && (!check || benchmark.check),
);
let busy = check ? 0 : await busyProcessors();
const progress = startProgress(chosen);
const results: Measured[] = [];
for (const benchmark of chosen) {
  print(`\n${styleText('bold', benchmark.name)}: ${benchmark.description}`);
  progress.begin(benchmark);
  const start = performance.now();
  // One that breaks must not cost the results of those after it.
  const findings = await findingsOf(benchmark).catch((error: unknown) => {
    print(styleText('red', `BROKEN ${inspect(error)}`));
    process.exitCode = 1;
  });
  if (!findings) continue;
  const seconds = Math.round((performance.now() - start) / 1000);
  const load = { before: busy, after: check ? 0 : await busyProcessors() };
  busy = load.after;
  const measured = { benchmark, seconds, load, ...findings };
  if (!check) print(`\n${describeConditions(measured)}`);
  results.push(measured);
  // After each benchmark, so that an interrupted run keeps its results.
  if (write) writeTablesPage([measured], benchmarks);
}
progress.stop();
if (json) {
  const written = results.map(({ benchmark: { name }, ...rest }) => ({ name, ...rest }));
  console.log(JSON.stringify(written, null, 2));
}
if (results.some(({ targets }) => targets.some(({ met }) => !met))) process.exitCode = 1;

/** Runs a benchmark and prints each finding immediately. */
async function findingsOf(benchmark: Benchmark): Promise<Findings> {
  const findings: Findings = { tables: [], targets: [] };
  const report: Report = {
    step: (what, share) => progress.step(what, share),
    table(table) {
      findings.tables.push(table);
      print(`\n${formatTable(table)}`);
    },
    targets(...targets) {
      findings.targets.push(...targets);
      print(`\n${targets.map(formatTarget).join('\n')}`);
    },
  };
  if (check) report.targets(...((await benchmark.check?.()) ?? []));
  else await benchmark.run(report, against === undefined ? {} : { against });
  return findings;
}

function print(text: string): void {
  if (!json) progress.above(() => console.log(text));
}

function formatTarget({ demand, measured, met }: Target): string {
  return `${met ? styleText('green', 'met   ') : styleText('red', 'MISSED')} ${demand}: ${measured}`;
}
