import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { answerTimeout } from './aws-requests.ts';
import { type Config, parseApiKey } from './config.ts';

/** Where the API key comes from. */
export interface ApiKeySource {
  /**
   * The API key.
   *
   * @throws {Error} when the secret cannot be read or holds no key; the message never holds the secret's value.
   */
  get(): Promise<string>;
  /** Another key than the one that the API just rejected, if the secret was changed meanwhile. */
  getInsteadOf(rejected: string): Promise<string | undefined>;
}

const CACHE_MILLISECONDS = 5 * 60 * 1000;

/**
 * Reads the API key from the configuration or from Secrets Manager, where it is kept for five minutes so that a
 * busy function does not pay a request for each folder.
 */
export function createApiKeySource(apiKey: Config['apiKey'], now: () => number = Date.now): ApiKeySource {
  if ('value' in apiKey) {
    return { get: () => Promise.resolve(apiKey.value), getInsteadOf: () => Promise.resolve(undefined) };
  }
  let client: SecretsManagerClient | undefined;
  let cached: { key: string; until: number } | undefined;

  async function read(secretId: string): Promise<string> {
    // Made on first use: a function that is configured with the key itself never needs it.
    client ??= new SecretsManagerClient({ requestHandler: answerTimeout });
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    const key = parseApiKey(SecretString ?? '');
    if (key === undefined) {
      throw new Error(
        `The secret ${secretId} holds no API key: store the key as plain text, or as JSON {"apiKey": "…"}`,
      );
    }
    cached = { key, until: now() + CACHE_MILLISECONDS };
    return key;
  }

  return {
    async get() {
      return cached && now() < cached.until ? cached.key : read(apiKey.secretId);
    },
    async getInsteadOf(rejected) {
      const key = await read(apiKey.secretId);
      return key === rejected ? undefined : key;
    },
  };
}
