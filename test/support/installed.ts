import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Downloads of tests, apart from what the program remembers in `callers-voice-clone`. */
export const downloads = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'callers-voice-clone-tests',
);

/** Whether {@link installed} has installed this already. */
export function isInstalled(name: string): boolean {
  return existsSync(join(downloads, name, '.complete'));
}

/**
 * Installs npm packages once, into a folder with this name outside this project: only some tests need them, so `npm ci`
 * should not install them. Runs only the install scripts of the packages in `build`.
 *
 * @param overrides versions that replace what the packages ask for, as in a `package.json`
 * @returns the folder, with its `node_modules`
 */
export function installed(
  name: string,
  packages: string[],
  build: string[] = [],
  overrides: Record<string, string> = {},
): string {
  const folder = join(downloads, name);
  if (isInstalled(name)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
  // This Node's npm package includes its headers; otherwise, node-gyp would download them.
  const env = { ...process.env, npm_config_nodedir: dirname(dirname(process.execPath)) };
  const npm = (...parameters: string[]) =>
    execFileSync('npm', [...parameters, '--no-audit', '--no-fund'], {
      cwd: folder,
      env,
      stdio: ['ignore', 2, 2],
    });
  npm('install', ...packages, '--ignore-scripts');
  if (build.length > 0) npm('rebuild', ...build, '--ignore-scripts=false');
  writeFileSync(join(folder, '.complete'), '');
  return folder;
}
