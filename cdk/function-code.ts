import { execFileSync } from 'node:child_process';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { lambdaBundleFolder, lambdaBundleProgram } from '../functions/bundle.ts';
import { functionFiles } from './function-files.ts';

let bundled = false;

/**
 * The function's code. The first pipeline of an app bundles it, so that a checkout never deploys an old
 * bundle. The package uses `packaged-function-code.ts` instead.
 *
 * @throws {Error} if bundling fails.
 */
export function functionCode(): Code {
  // In another process, because a construct cannot await.
  if (!bundled)
    execFileSync(process.execPath, [lambdaBundleProgram], { stdio: ['ignore', 'ignore', 'inherit'] });
  bundled = true;
  return Code.fromAsset(lambdaBundleFolder, functionFiles);
}
