import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findings, findingsPage } from '../../findings/table.ts';

const root = new URL('../../', import.meta.url);

it('lists every finding in findings/README.md (npm run findings -- --write)', () => {
  expect(findings().length).toBeGreaterThan(0);
  expect(findingsPage()).toBe(readFileSync(new URL('findings/README.md', root), 'utf8'));
});

it('names files that exist as the code behind a finding', () => {
  const rooms = 'cdk|cli|emulators|functions|n8n-node|release|shared|test|voice-folder';
  const paths = new RegExp(String.raw`(?<![\w./-])(?:${rooms})/[\w./-]+\.\w+`, 'g');
  const named = findingsPage().match(paths) ?? [];
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
});
