import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';

/** The function's code, bundled when the package was built. */
export function functionCode(): Code {
  // The same options as in a checkout: they are part of the asset's hash.
  return Code.fromAsset(join(__dirname, '..', '..', 'function'), {
    exclude: ['*', '!index.js', '!package.json'],
  });
}
