import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { programBundleOptions } from '../../release/build-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const checkouts = new Map<string, string>();

const programs = new Map<string | undefined, string>();

/** The program's file, of this checkout or of {@link checkoutOf} another commit, bundled as people install it. */
export function programOf(commit?: string): string {
  const known = programs.get(commit);
  if (known !== undefined) return known;
  const outdir = temporaryFolder('program');
  buildSync({
    ...programBundleOptions,
    absWorkingDir: commit === undefined ? root : checkoutOf(commit),
    entryPoints: ['cli/main.ts'],
    outdir,
    outExtension: { '.js': '.mjs' },
    // For the local pipeline, which nothing here starts.
    external: ['esbuild', 'fauxqs'],
  });
  const file = join(outdir, 'main.mjs');
  programs.set(commit, file);
  return file;
}

/** The folder of another commit with its own packages, until this process ends. */
export function checkoutOf(commit: string): string {
  const known = checkouts.get(commit);
  if (known !== undefined) return known;
  const folder = temporaryFolder('commit');
  unpackCommit(commit, folder);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] });
  checkouts.set(commit, folder);
  return folder;
}

function temporaryFolder(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), `callers-bench-${what}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the files of a commit into a folder, which it makes. */
export function unpackCommit(commit: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x'], { cwd: folder, input: archive });
}
