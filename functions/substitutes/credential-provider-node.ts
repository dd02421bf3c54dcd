import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in the bundle for the SDK's default credential chain, whose other links are for other places: Lambda gives a
 * function of a Node.js runtime its role's credentials in environment variables ("Defined runtime environment variables",
 * AWS Lambda Developer Guide). Only SnapStart gives them otherwise, and not to Node.js.
 */
export const defaultProvider = fromEnv;
