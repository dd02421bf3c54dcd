import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { downloads } from './installed.ts';

const cacheFolder = join(downloads, 'debian');

/** Debian packages whose name differs from the program's. */
const packageNames: Record<string, string> = { '7z': 'p7zip-full', aws: 'awscli', xz: 'xz-utils' };

/**
 * Installs these programs from Debian's packages, unless they exist.
 *
 * @throws {Error} if one is missing and cannot be installed.
 */
export function programs(...names: string[]): void {
  const missing = names.filter((name) => !isThere(name)).map((name) => packageNames[name] ?? name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isThere('apt-get')) {
    throw new Error(`Install first: ${missing.join(', ')}`);
  }
  apt('update');
  apt('install', '--yes', '--no-install-recommends', ...missing);
}

/**
 * Unpacks the files of Debian packages once, without installing them.
 *
 * @returns the folder that contains a folder for each package
 * @throws {Error} if one cannot be downloaded.
 */
export function unpacked(...packages: string[]): string {
  const missing = packages.filter((name) => !existsSync(join(cacheFolder, name, '.complete')));
  if (missing.length > 0) {
    mkdirSync(cacheFolder, { recursive: true });
    if (process.getuid?.() === 0) apt('update');
  }
  for (const name of missing) {
    const folder = join(cacheFolder, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    execFileSync('apt-get', ['download', '-q', name], { cwd: folder, stdio: ['ignore', 2, 2] });
    const [archive = ''] = readdirSync(folder);
    execFileSync('dpkg-deb', ['-x', archive, '.'], { cwd: folder });
    rmSync(join(folder, archive));
    writeFileSync(join(folder, '.complete'), '');
  }
  return cacheFolder;
}

/** Whether a program is on the PATH. */
export function isThere(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One at a time, because test files run in parallel. Prints to standard error, apart from vitest's report. */
function apt(...args: string[]): void {
  execFileSync('flock', [join(tmpdir(), 'callers-voice-clone-apt.lock'), 'apt-get', '-q', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 2, 2],
  });
}
