import { type RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Creates the secret into which a person puts the API key after the deployment. */
export function createApiKeySecret(
  scope: Construct,
  encryptionKey: IKey | undefined,
  removalPolicy: RemovalPolicy,
): ISecret {
  return new Secret(scope, 'ApiKey', {
    description: 'Callers API key, as plain text',
    // Without a value, CDK would generate one, and the function would send it as the key. This value contains
    // no key.
    secretStringValue: SecretValue.unsafePlainText('{"apiKey":null}'),
    removalPolicy,
    ...(encryptionKey && { encryptionKey }),
  }) as ISecret;
}

/**
 * The ID by which Secrets Manager finds a secret: its name, or its ARN if CDK does not know the name. CDK mistakes the end of
 * a partial ARN, such as `-secret`, for a suffix, and omits it from the name.
 */
export function secretIdOf({ secretFullArn, secretArn, secretName }: ISecret): string {
  return secretFullArn ?? (secretArn.endsWith(`:${secretName}`) ? secretName : secretArn);
}
