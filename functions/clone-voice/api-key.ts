import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { answerTimeout } from './aws-requests.ts';
import { type Config, parseApiKey } from './config.ts';

/** Where the API key comes from. */
export interface ApiKeySource {
  /**
   * The API key; undefined when none is stored.
   *
   * @throws {Error} when the secret cannot be read; the message never holds the secret's value.
   */
  get(): Promise<string | undefined>;
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

  async function read(secretId: string): Promise<string | undefined> {
    // Made on first use: a function that is configured with the key itself never needs it.
    client ??= new SecretsManagerClient({ requestHandler: answerTimeout });
    const { SecretString = '' }: Pick<GetSecretValueCommandOutput, 'SecretString'> = await client
      .send(new GetSecretValueCommand({ SecretId: secretId }))
      .catch((error: unknown) => {
        // Of a secret that nothing was ever stored in, too.
        if ((error as Error).name === 'ResourceNotFoundException') return {};
        throw error;
      });
    const key = parseApiKey(SecretString);
    // That there is none is asked for with each drop, so that a key that is stored is used at once.
    cached = key === undefined ? undefined : { key, until: now() + CACHE_MILLISECONDS };
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
