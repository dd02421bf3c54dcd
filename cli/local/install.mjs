import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/*
 * The first part of `npm start`. It is JavaScript, so that any Node can say what it lacks.
 *
 * npm compares the `engines` of packages with the Node that runs npm, which may be 20 (findings/npm-engines.sh). So
 * `npm ci --omit=dev` leaves these to this script, which runs in the Node 24 that comes with it.
 */
const needNode24 = ['fauxqs', 'music-metadata'];

const { node } = process.versions;
if (Number.parseInt(node, 10) < 24) {
  console.error(
    `error: npm start needs Node 24, and this is Node ${node}. npm ci brings Node 24 on macOS and on Linux with glibc; ` +
      'elsewhere, such as on Alpine and Windows, install it from https://nodejs.org.',
  );
  process.exit(1);
}
// Only now: an older Node does not read TypeScript.
const { isInstalled } = await import('./is-installed.ts');
const missing = needNode24.filter((name) => !isInstalled(name));
if (missing.length > 0) install(missing);

/**
 * Installs the locked versions.
 *
 * @param {readonly string[]} names
 */
function install(names) {
  const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
  const wanted = names.map((name) => `${name}@${packages[`node_modules/${name}`].version}`);
  console.error(`Installing ${wanted.join(' and ')} once …`);
  const { npm_execpath: npm } = process.env;
  // npm would leave out what package.json names among the devDependencies.
  const args = [
    'install',
    '--no-save',
    '--save-prod',
    '--omit=dev',
    '--prefer-offline',
    '--loglevel=error',
    ...wanted,
  ];
  execFileSync(npm ? process.execPath : 'npm', npm ? [npm, ...args] : args, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    // Standard output is for the results.
    stdio: ['ignore', 2, 2],
  });
}
