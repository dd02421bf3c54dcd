import { isInProject } from '../installation.ts';
import { exitCodes, ProgramError } from '../output.ts';
import packageJson from '../package.json' with { type: 'json' };
import { isInstalled } from './is-installed.ts';

/**
 * Checks the requirements of `local`. Few users need it, so npm does not install its packages by default.
 *
 * @throws {ProgramError} if Node is too old or a package is missing; says what to do
 */
export function checkRequirements(): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) < 24) {
    throw new ProgramError(
      `local runs the function like AWS Lambda, which requires Node 24 or later; this is Node ${node}`,
      exitCodes.notMade,
    );
  }
  const missing = Object.entries(packageJson.peerDependencies).filter(([name]) => !isInstalled(name));
  if (missing.length === 0) return;
  const where = isInProject ? '' : '--global ';
  // Only major versions, because ^ has a special meaning in some shells.
  const wanted = missing.map(([name, range]) => `${name}@${/\d+/.exec(range)?.[0]}`).join(' ');
  throw new ProgramError(
    `local needs additional packages; install them with: npm install ${where}${wanted}`,
    exitCodes.notMade,
  );
}
