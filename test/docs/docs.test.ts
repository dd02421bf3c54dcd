import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { statusOf } from '../../voice-folder/errors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = globSync(['*.md', 'docs/*.md', 'n8n-node/*.md'], { cwd: root });

describe('docs/results.md', () => {
  it('has a row for every error code, with its status, and for no other', () => {
    const rows = read('docs/results.md').matchAll(/^\| `([A-Z_]+)` \| `(failed|unknown)` \|/gm);
    expect(Array.from(rows, ([, code, status]) => `${code} ${status}`).toSorted()).toEqual(
      Object.entries(statusOf)
        .map(([code, status]) => `${code} ${status}`)
        .toSorted(),
    );
  });
});

it.each(pages)('the links in %s lead somewhere', (page) => {
  const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken = links.filter((link) => !link.startsWith('https://') && !leadsSomewhere(page, link));
  expect(broken).toEqual([]);
});

/** Which test runs a command of the README as it is written there, or what of it can be run here. */
const triedBy: Record<string, string> = {
  'npm ci && npm start -- --once': '.ci/run',
  'npm test': '.ci/run',
  'npm ci': '.ci/run',
  'npx callers-voice init my-voice': 'test/docs/readme.test.ts',
  'npx callers-voice check my-voice': 'test/docs/readme.test.ts',
  'npx callers-voice drop my-voice s3://my-bucket/voices': 'test/docs/readme.test.ts',
  'npx callers-voice status s3://my-bucket/voices': 'test/docs/readme.test.ts',
  'npx callers-voice result s3://my-bucket/voices/my-voice': 'test/docs/readme.test.ts',
  'npx callers-voice retry s3://my-bucket/voices/my-voice': 'test/cli/retry.test.ts',
  // All of it but AWS itself: `cdk deploy` begins by synthesizing the same.
  'npm run deploy -- -c alarmEmail=ops@example.com': 'test/cdk/synth.test.ts',
};

it('every command in the README is run by a test', () => {
  const blocks = [...read('README.md').matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block);
  const commands = blocks
    .flatMap((block) => block.trim().split('\n'))
    .map((line) => line.replace(/\s+#.*$/, ''));
  expect(commands.toSorted()).toEqual(Object.keys(triedBy).toSorted());
  expect(Object.values(triedBy).filter((test) => !existsSync(join(root, test)))).toEqual([]);
});

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
