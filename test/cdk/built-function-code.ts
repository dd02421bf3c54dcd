import { Code } from 'aws-cdk-lib/aws-lambda';
import { functionFiles } from '../../cdk/function-files.ts';
import { lambdaBundleFolder } from '../../functions/bundle.ts';

/** In place of `cdk/function-code.ts`, which bundles for each test file: what the tests' global setup has bundled. */
export function functionCode(): Code {
  return Code.fromAsset(lambdaBundleFolder, functionFiles);
}
