import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dropFailureCodes, failures } from '../../shared/failures.ts';
import { guides } from '../../shared/provider-guides.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = globSync(['*.md', 'docs/*.md', '{cli,cdk,n8n-node}/*.md'], { cwd: root });

describe('docs/results.md', () => {
  it('has a row for every error code, with its status, and for no other', () => {
    const rows = read('docs/results.md').matchAll(/^\| `([A-Z_]+)` \| `(failed|unknown)` \|/gm);
    expect(Array.from(rows, ([, code, status]) => `${code} ${status}`).toSorted()).toEqual(
      dropFailureCodes.map((code) => `${code} ${failures[code].status}`).toSorted(),
    );
  });
});

it.each(Object.entries(guides))(
  'docs/recordings.md links the guide for %s that `check` names',
  (provider, { source }) => {
    expect(read('docs/recordings.md')).toContain(`[\`${provider}\`](${source})`);
  },
);

it.each(pages)('the links in %s lead somewhere', (page) => {
  const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken = links.filter((link) => !link.startsWith('https://') && !leadsSomewhere(page, link));
  expect(broken).toEqual([]);
});

const ours = ['cli', 'cdk', 'n8n-node'].flatMap((folder) =>
  existsSync(join(root, folder, 'package.json')) ? [packageJson(folder)] : [],
);

/** Our names on npm. Anybody may take other names, and would run code beside AWS credentials. */
const published: string[] = [];
const notPublished = ours.map(({ name }) => name).filter((name) => !published.includes(name));

it.each(pages)('no command in %s asks a registry for a package of ours', (page) => {
  const lines = read(page).split('\n');
  expect(lines.filter(asksRegistry)).toEqual([]);
});

it.each([
  ['npx callers-voice-clone drop', true],
  ['npm i -g callers-voice-clone', true],
  ['npx --yes -p callers-voice-clone@0.1.0 callers-voice-clone check', true],
  ['pnpm add n8n-nodes-callers', true],
  ['*Settings → Community nodes → Install*: `n8n-nodes-callers`', true],
  ['npm install --global ./dist/packages/callers-voice-clone-0.1.0.tgz', false],
  ['npm install --prefix ~/.n8n/nodes /tmp/n8n-nodes-callers-0.1.0.tgz', false],
  ['callers-voice-clone drop my-voice s3://my-bucket/voices', false],
])('%s asks a registry: %s', (line, asks) => {
  expect(asksRegistry(line)).toBe(asks);
});

function asksRegistry(line: string): boolean {
  const [, names = ''] =
    /(?:\b(?:npx|bunx|(?:npm|pnpm|yarn|bun)\s+(?:exec|x|i|install|add|dlx|create|init|global))\s|Community nodes → Install)(.*)/.exec(
      line,
    ) ?? [];
  return notPublished.some((name) => new RegExp(`(?<![\\w/.-])${name}(?![\\w-]|\\.\\w)`).test(names));
}

it('the documents stay short enough to be read: at most 8,800 words', () => {
  const isCounted = (page: string) =>
    page !== 'docs/performance-tables.md' && (page.startsWith('docs/') || basename(page) === 'README.md');
  const words = pages.filter(isCounted).flatMap((page) => read(page).match(/\S+/g) ?? []);
  expect(words.length).toBeLessThanOrEqual(8_800);
});

it('the documents call the archives by the names that are built', () => {
  const archives = ours.map(({ name, version }) => `${name}-${version}.tgz`);
  const named = pages.flatMap((page) => read(page).match(/[\w-]+-\d+\.\d+\.\d+\.tgz/g) ?? []);
  expect(named.filter((archive) => !archives.includes(archive))).toEqual([]);
  expect(named).not.toEqual([]);
});

function packageJson(folder: string) {
  return JSON.parse(read(join(folder, 'package.json'))) as { name: string; version: string };
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsIn(read(file)).includes(anchor);
}

/** As GitHub makes them from headings. */
function anchorsIn(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(page: string): string {
  return page.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}
