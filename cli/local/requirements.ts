import { isInProject } from '../installation.ts';
import { exitCodes, ProgramError } from '../output.ts';
import packageJson from '../package.json' with { type: 'json' };

/**
 * Few need an S3 on their own machine, so npm does not install what only that is made of.
 *
 * @throws {ProgramError} when this Node is too old for it or a package is missing, saying what to do
 */
export function checkRequirements(): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) < 24) {
    throw new ProgramError(
      `local runs the function as AWS Lambda does, which takes Node 24 or later; this is Node ${node}`,
      exitCodes.notMade,
    );
  }
  const missing = Object.entries(packageJson.peerDependencies).filter(([name]) => !isInstalled(name));
  if (missing.length === 0) return;
  const where = isInProject ? '' : '--global ';
  // With a major version alone: shells give ^ a meaning of their own.
  const wanted = missing.map(([name, range]) => `${name}@${/\d+/.exec(range)?.[0]}`).join(' ');
  throw new ProgramError(
    `local needs packages that only it uses; install them with: npm install ${where}${wanted}`,
    exitCodes.notMade,
  );
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
