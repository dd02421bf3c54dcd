import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { threats } from './threats.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const exists = (file: string) => existsSync(new URL(`../../${file}`, import.meta.url));

const rows = Array.from(
  read('docs/security.md').matchAll(/^\| (\d+) \| (.*) \|$/gm),
  ([, number, text = '']) => ({
    number: Number(number),
    text,
  }),
);

it('docs/security.md has a test for every threat, or says that the risk is accepted', () => {
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter(({ number, text }) => !threats[number] && !text.includes('**Accepted**'))).toEqual([]);
});

it('these tests exist', () => {
  const named = Object.values(threats).flat();
  expect(named.length).toBeGreaterThan(50);
  const missing = named.filter(
    ([file, title]) => !exists(`test/${file}`) || !read(`test/${file}`).includes(`'${title}'`),
  );
  expect(missing).toEqual([]);
});
