import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;

it('changesets give each package a version and a changelog, and the repository none', () => {
  const copy = mkdtempSync(join(tmpdir(), 'changesets-'));
  const read = (path: string) =>
    JSON.parse(readFileSync(join(copy, path, 'package.json'), 'utf8')) as {
      name: string;
      version?: string;
      workspaces?: string[];
    };
  try {
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    cpSync(join(root, 'package-lock.json'), join(copy, 'package-lock.json'));
    cpSync(join(root, '.changeset/config.json'), join(copy, '.changeset/config.json'));
    const { workspaces = [] } = read('.');
    for (const path of workspaces) cpSync(join(root, path, 'package.json'), join(copy, path, 'package.json'));
    const before = workspaces.map(read);
    const changes = before.map(({ name }) => `'${name}': major`).join('\n');
    writeFileSync(join(copy, '.changeset/all.md'), `---\n${changes}\n---\n\nAll is new.\n`);

    execFileSync(process.execPath, [join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], {
      cwd: copy,
    });

    expect(workspaces.length).toBeGreaterThan(1);
    for (const [index, path] of workspaces.entries()) {
      expect(read(path).version).not.toBe(before[index]?.version);
      expect(readFileSync(join(copy, path, 'CHANGELOG.md'), 'utf8')).toContain('All is new.');
    }
    expect(read('.')).not.toHaveProperty('version');
  } finally {
    rmSync(copy, { recursive: true });
  }
});
