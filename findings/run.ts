import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findings, findingsPage } from './table.ts';

/** Ends a finding that hangs, with all that it started. */
const LONGEST_SECONDS = 10 * 60;

const here = import.meta.dirname;

/** `npm run findings [NAME…]` runs findings, all by default; `-- --write` writes their table into the page. */
function main(wanted: readonly string[]): void {
  if (wanted.includes('--write')) return writeFileSync(join(here, 'README.md'), findingsPage());
  const names = findings().map(({ name }) => name);
  const chosen = wanted.map((name) => basename(name, '.sh'));
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`No such finding: ${unknown.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const logs = mkdtempSync(join(tmpdir(), 'findings-'));
  const changed = (chosen.length > 0 ? chosen : names).filter((name) => !holds(name, logs));
  if (changed.length === 0) return rmSync(logs, { recursive: true });
  console.log(`${changed.length} changed: ${changed.join(', ')}. Their output is in ${logs}`);
  process.exitCode = 1;
}

/** Whether the software still behaves as the script says. Keeps the output in `logs` if not. */
function holds(name: string, logs: string): boolean {
  const log = join(logs, `${name}.log`);
  const output = openSync(log, 'w');
  const started = Date.now();
  const { status } = spawnSync('timeout', [String(LONGEST_SECONDS), 'bash', join(here, `${name}.sh`)], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${status === 0 ? '✓' : '✗'} ${name} (${seconds} s): ${lines.at(-1)}`);
  if (status === 0) rmSync(log);
  else console.log(lines.map((line) => `    ${line}`).join('\n'));
  return status === 0;
}

main(process.argv.slice(2));
