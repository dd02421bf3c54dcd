import type { AssetOptions } from 'aws-cdk-lib/aws-s3-assets';

/**
 * Selects what is deployed of the bundle's folder: neither leftovers of a killed build nor files of an operating system,
 * such as `.DS_Store`. In a checkout and in the package the same, because it is part of the asset's hash.
 */
export const functionFiles: AssetOptions = {
  // `*` matches no name with a leading dot (findings/cdk-exclude-keeps-dot-files.sh).
  exclude: ['*', '.*', '!index.js', '!package.json'],
};
