import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const exists = (file: string) => existsSync(new URL(`../../${file}`, import.meta.url));

const page = read('docs/security.md');
const TEST = /`([^`]+\.(?:test|check)\.ts)` \*([^*]+)\*/g;

it('docs/security.md names a test for every threat, or says that the risk is accepted', () => {
  const threats = page
    .split('\n')
    .filter((line) => /^\|(.*\|){3}$/.test(line) && !/^\|-|\| test \|$/.test(line));
  expect(threats.length).toBeGreaterThan(40);
  const open = threats.filter((threat) => {
    const column = /\| ([^|]*) \|$/.exec(threat)?.[1] ?? '';
    if (column === '—') return !threat.includes('**Accepted**');
    return column.replaceAll(TEST, 'test').replaceAll('test, ', '') !== 'test';
  });
  expect(open).toEqual([]);
});

it('docs/security.md names only tests that there are', () => {
  const named = [...page.matchAll(TEST)].map(([, file = '', title = '']) => ({
    file: `test/${file}`,
    title,
  }));
  expect(named.length).toBeGreaterThan(50);
  const missing = named.filter(({ file, title }) => !exists(file) || !read(file).includes(`'${title}'`));
  expect(missing).toEqual([]);
});
