import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { costTable, documentedUsage, monthlyCosts, usdOfClones, usdOfKeeping } from '../bench/cost.ts';

const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
const section = /\n## What it costs\n(.*?)\n## /s.exec(page)?.[1] ?? '';

it('docs/deploy.md has the table of costs that counts and prices come to', () => {
  const { columns, rows } = costTable(documentedUsage);
  const lines = section.split('\n').filter((line) => line.startsWith('|') && !/^\|[-|: ]*$/.test(line));
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells).toEqual([columns, ...rows]);
});

it('docs/deploy.md has the fixed costs, and what a million clones cost', () => {
  const text = section.replaceAll('\n', ' ');
  const { secret, alarms, metrics, dashboard, idlePolling } = monthlyCosts;
  const sum = secret + alarms + metrics + dashboard + idlePolling;
  expect(text).toContain(
    `a secret ${secret.toFixed(2)}, four alarms ${alarms.toFixed(2)}, seven metrics ${metrics.toFixed(2)}, ` +
      `a dashboard ${dashboard.toFixed(2)}, and about ${idlePolling.toFixed(2)} for the polling of an idle queue, ` +
      `together about ${sum.toFixed(0)} USD`,
  );
  const million = usdOfClones(1e6, documentedUsage.withoutList).toFixed(0);
  expect(text).toContain(`1,000,000 clones without a list come to ${million} USD`);
  expect(text).toContain(
    `keep the samples of 1,000 clones costs ${usdOfKeeping(1000).toFixed(3)} USD a month`,
  );
});
