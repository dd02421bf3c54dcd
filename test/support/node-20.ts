import { join } from 'node:path';
import { installed } from './installed.ts';

/** The oldest Node that the packages work with, from npm. */
export function node20(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = platform === 'darwin-arm64' ? `node-bin-${platform}` : `node-${platform}`;
  return join(installed('node-20', [`${name}@20`]), 'node_modules', name, 'bin/node');
}
