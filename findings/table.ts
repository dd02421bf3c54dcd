import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const here = import.meta.dirname;
const PAGE = `${here}/README.md`;
const TABLE = /(<!-- findings, by npm run findings -- --write -->\n)[^]*(<!-- end of findings -->)/;

/** A finding, as its script describes it. */
export interface Finding {
  name: string;
  behavior: string;
  version: string;
  /** Where the product relies on the behavior or guards against it. */
  ourCode: string;
}

/** Every finding by name, as the first comment lines of its script describe it. */
export function findings(): Finding[] {
  const scripts = globSync('*.sh', { cwd: here }).toSorted();
  return scripts.map((script) => finding(basename(script, '.sh'), readFileSync(`${here}/${script}`, 'utf8')));
}

/** `findings/README.md`, with a row for every script. */
export function findingsPage(): string {
  const cells = findings().map(({ name, behavior, version, ourCode }) => [
    `[${name}](${name}.sh)`,
    ...[behavior, version, ourCode].map((text) => text.replaceAll('|', '\\|')),
  ]);
  const head = ['name', 'what it does', 'version', 'our code'];
  const rows = [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |\n`);
  return readFileSync(PAGE, 'utf8').replace(TABLE, (_, start, end) => start + rows.join('') + end);
}

/** @throws {Error} if the first lines of the script do not have the form that `findings/README.md` asks for. */
function finding(name: string, script: string): Finding {
  const [, comment = ''] = /^#!\/usr\/bin\/env bash\n((?:# .*\n)+)/.exec(script) ?? [];
  const [, behavior, version, ourCode] =
    /^([^]+) version: ([^]+) our code: ([^]+)$/.exec(
      comment.replaceAll(/^# +/gm, '').trim().replaceAll('\n', ' '),
    ) ?? [];
  if (!behavior || !version || !ourCode || !script.includes('\nset -euo pipefail\n')) {
    throw new Error(`findings/${name}.sh does not begin as findings/README.md asks for`);
  }
  return { name, behavior, version, ourCode };
}
