import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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
    await installBuildTools();
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
  await run('npm', ['install', '--prefix', cacheFolder, '--ignore-scripts=false', '--no-package-lock'], {
    PATH,
    npm_config_nodedir: nodedir,
  });
}

/** The tools that its install scripts need, and their Debian packages. */
const BUILD_TOOLS = { cmake: 'cmake', 'g++': 'g++', make: 'make', python3: 'python3', xz: 'xz-utils' };

async function installBuildTools(): Promise<void> {
  const missing: string[] = [];
  for (const [command, name] of Object.entries(BUILD_TOOLS)) {
    if (!(await isInstalled(command))) missing.push(name);
  }
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !(await isInstalled('apt-get'))) {
    throw new Error(`To build aws-lambda-ric, install first: ${missing.join(', ')}`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], env);
  await run('apt-get', ['install', '--yes', '--no-install-recommends', ...missing], env);
}

function isInstalled(command: string): Promise<boolean> {
  return run('sh', ['-c', 'command -v "$0"', command]).then(
    () => true,
    () => false,
  );
}

async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  await promisify(execFile)(command, args, {
    env: { ...process.env, ...env },
    maxBuffer: Infinity,
  });
}
