import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { releaseProblems } from '../../release/check-release.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'release-'));
  mkdirSync(join(root, 'cli'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** All that an owner fills in. */
const complete = {
  name: 'callers-voice-clone',
  author: { name: 'Ann', email: 'ann@voices.dev' },
  repository: { type: 'git', url: 'git+https://github.com/ann/voices.git', directory: 'cli' },
  homepage: 'https://github.com/ann/voices#readme',
  bugs: 'https://github.com/ann/voices/issues',
};

function problemsWith(change: object, readme = '# callers-voice-clone', repository?: string): string[] {
  const write = (file: string, content: object) => writeFileSync(join(root, file), JSON.stringify(content));
  write('package.json', { workspaces: ['cli'] });
  write('cli/package.json', { ...complete, ...change });
  writeFileSync(join(root, 'cli/README.md'), readme);
  return releaseProblems(root, repository);
}

it('a package that names its author and repository may be published', () => {
  expect(problemsWith({})).toEqual([]);
  expect(problemsWith({}, '', 'https://github.com/ann/voices')).toEqual([]);
  expect(problemsWith({ author: 'Ann <ann@voices.dev>', bugs: { url: complete.bugs } })).toEqual([]);
});

it.each([
  ['no author', { author: undefined }, '"author" has no valid email address'],
  ['an author without an address', { author: 'Ann' }, '"author" has no valid email address'],
  ['an address that is made up', { author: 'A <a@b.example>' }, '"author" has no valid email address'],
  ['no repository', { repository: undefined }, '"repository.url" is missing or a placeholder'],
  [
    'a repository without its folder',
    { repository: complete.repository.url },
    '"repository.directory" is not "cli"',
  ],
  ['no homepage', { homepage: '' }, '"homepage" is missing or a placeholder'],
  [
    'a homepage that is made up',
    { homepage: 'https://example.com/' },
    '"homepage" is missing or a placeholder',
  ],
  ['no place for problems', { bugs: undefined }, '"bugs" is missing or a placeholder'],
])('%s must be filled in', (_what, change, problem) => {
  expect(problemsWith(change)).toEqual([`cli/package.json: ${problem}`]);
});

it('npm takes no provenance of another repository', () => {
  expect(problemsWith({}, '', 'https://github.com/bob/voices')).toEqual([
    expect.stringMatching(
      /is https:\/\/github\.com\/ann\/voices, but .* from https:\/\/github\.com\/bob\/voices/,
    ),
  ]);
});

it('a README that npm shows must not say that the package is not published', () => {
  expect(problemsWith({}, 'It is not published yet.')).toEqual([
    'cli/README.md: says that the package is not published yet; describe how to install it',
  ]);
});
