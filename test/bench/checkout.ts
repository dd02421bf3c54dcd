import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const checkouts = new Map<string, string>();

/** The program's file in this checkout, or in {@link checkoutOf} another commit. */
export function programOf(commit?: string): string {
  return join(commit === undefined ? root : checkoutOf(commit), 'cli/main.ts');
}

/** The folder of another commit with its own packages, until this process ends. */
export function checkoutOf(commit: string): string {
  const known = checkouts.get(commit);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'callers-bench-commit-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  unpackCommit(commit, folder);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] });
  checkouts.set(commit, folder);
  return folder;
}

export function unpackCommit(commit: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x'], { cwd: folder, input: archive });
}
