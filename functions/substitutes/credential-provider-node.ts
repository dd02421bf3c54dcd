import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces the SDK's default credential chain in the bundle. Lambda passes the role's credentials in
 * environment variables ("Defined runtime environment variables", AWS Lambda Developer Guide); only SnapStart
 * does not, and Node.js does not support it.
 */
export const defaultProvider = fromEnv;
