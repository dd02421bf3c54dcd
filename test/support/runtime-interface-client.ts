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
 * Lambda's own Runtime Interface Client, which is what calls the handler in the Node runtimes of AWS. It comes without
 * binaries: builds its native addon on this machine, which takes a minute, once.
 *
 * @returns the file that Node is to run
 * @throws {Error} when a tool for building is missing and cannot be installed, or the build fails.
 */
export async function installRuntimeInterfaceClient(): Promise<string> {
  const installed = join(cacheFolder, 'node_modules/aws-lambda-ric');
  // The last thing that a build makes.
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
  // A Node that is on the machine besides may be too old for the client.
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  // The package that this Node comes from has its headers beside it; node-gyp would download them.
  const nodedir = dirname(dirname(process.execPath));
  await run('npm', ['install', '--prefix', cacheFolder, '--ignore-scripts=false', '--no-package-lock'], {
    PATH,
    npm_config_nodedir: nodedir,
  });
}

/** What its install scripts call, with Debian's packages. */
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
