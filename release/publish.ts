import { execFileSync, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';

/*
 * `node release/publish.ts FOLDER` publishes the archives in a folder. Skips versions that npm already has, so
 * that it can be run again after a partial failure.
 */

const [folder = '.'] = process.argv.slice(2);
const archives = globSync('*.tgz', { cwd: folder }).toSorted();
if (archives.length === 0) throw new Error(`There are no archives in ${folder}`);
// Absolute paths, because npm mistakes packages/x.tgz for a GitHub repository.
for (const archive of archives.map((name) => resolve(folder, name))) {
  const packageJson = execFileSync('tar', ['-xzOf', archive, 'package/package.json'], { encoding: 'utf8' });
  const { name, version } = JSON.parse(packageJson) as { name: string; version: string };
  if (isPublished(`${name}@${version}`)) console.log(`${name}@${version} is already published`);
  else execFileSync('npm', ['publish', archive, '--access', 'public'], { stdio: 'inherit' });
}

function isPublished(version: string): boolean {
  const { status, stdout, stderr } = spawnSync('npm', ['view', version, 'version', '--json'], {
    encoding: 'utf8',
  });
  if (status !== 0 && !stdout.includes('E404')) throw new Error(`npm view failed: ${stderr}`);
  return status === 0 && stdout.trim() !== '';
}
