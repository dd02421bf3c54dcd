import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { functionFiles } from './function-files.ts';

/** The function's code, bundled when the package was built. */
export function functionCode(): Code {
  return Code.fromAsset(join(__dirname, '..', '..', 'function'), functionFiles);
}
