import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { programs } from './debian.ts';

const VERSION = '4.0.2';

const cacheFolder = fileURLToPath(
  new URL(`../../node_modules/.cache/aws-lambda-ric-${VERSION}`, import.meta.url),
);

/**
 * Installs Lambda's own Runtime Interface Client, which calls the handler in AWS's Node runtimes. Its package has no
 * binaries, so this builds its native addon once, which takes a minute.
 *
 * @returns the file for Node to run
 * @throws {Error} if a build tool is missing and cannot be installed, or the build fails.
 */
export async function installRuntimeInterfaceClient(): Promise<string> {
  const installed = join(cacheFolder, 'node_modules/aws-lambda-ric');
  // The build makes this file last.
  if (!existsSync(join(installed, 'rapid-client.node'))) {
    // For its install scripts.
    programs('cmake', 'g++', 'make', 'python3', 'xz');
    await install();
  }
  return join(installed, 'index.mjs');
}

async function install(): Promise<void> {
  const policy = {
    private: true,
    dependencies: { 'aws-lambda-ric': VERSION },
    allowScripts: { [`aws-lambda-ric@${VERSION}`]: true },
  };
  await mkdir(cacheFolder, { recursive: true });
  await writeFile(join(cacheFolder, 'package.json'), JSON.stringify(policy));
  // Another Node on the machine may be too old for the client.
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  // This Node's npm package includes its headers; otherwise, node-gyp would download them.
  const nodedir = dirname(dirname(process.execPath));
  const args = ['install', '--prefix', cacheFolder, '--ignore-scripts=false', '--no-package-lock'];
  await promisify(execFile)('npm', args, {
    env: { ...process.env, PATH, npm_config_nodedir: nodedir },
    maxBuffer: Infinity,
  });
}
