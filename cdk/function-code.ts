import { execFileSync } from 'node:child_process';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { lambdaBundleFolder, lambdaBundleProgram } from '../functions/bundle.ts';

let bundled = false;

/**
 * The function's code, bundled by the first pipeline of an app: in a checkout an old bundle is never deployed. In the
 * package, `packaged-function-code.ts` stands in its place.
 *
 * @throws {Error} when it cannot be bundled.
 */
export function functionCode(): Code {
  // A construct cannot await, so that another process bundles.
  if (!bundled)
    execFileSync(process.execPath, [lambdaBundleProgram], { stdio: ['ignore', 'ignore', 'inherit'] });
  bundled = true;
  // What a build that was killed left behind is no part of it.
  return Code.fromAsset(lambdaBundleFolder, { exclude: ['*', '!index.js', '!package.json'] });
}
