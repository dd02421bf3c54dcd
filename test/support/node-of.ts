import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installed } from './installed.ts';

/** The oldest Node that the packages support. */
export function node20(): string {
  return nodeOf(20);
}

/** A Node of this version: the machine's own, otherwise one from npm. */
export function nodeOf(version: 20 | 22 | 24): string {
  // npm puts this project's Node 24 before it on the PATH.
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const own = onPath.find(
    (path) =>
      existsSync(path) && execFileSync(path, ['--version'], { encoding: 'utf8' }).startsWith(`v${version}.`),
  );
  if (own !== undefined) return own;
  const platform = `${process.platform}-${process.arch}`;
  const name = platform === 'darwin-arm64' ? `node-bin-${platform}` : `node-${platform}`;
  return join(installed(`node-${version}`, [`${name}@${version}`]), 'node_modules', name, 'bin/node');
}
