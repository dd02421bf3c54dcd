import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { answerTimeout } from './aws-requests.ts';
import type { Config } from './config.ts';
import { apiKeyIn, type NoApiKey } from './stored-api-key.ts';

/** Provides the API key. */
export interface ApiKeySource {
  /**
   * The API key, or why there is none.
   *
   * @throws {Error} if the secret cannot be read; the message never contains the secret's value.
   */
  get(): Promise<string | NoApiKey>;
  /**
   * A different key than the one that the API just rejected, if the secret has changed since; otherwise
   * undefined.
   */
  getInsteadOf(rejected: string): Promise<string | undefined>;
}

const CACHE_MILLISECONDS = 5 * 60 * 1000;

/**
 * Reads the API key from the configuration or from Secrets Manager. Caches the secret for five minutes, so
 * that a busy function does not need a request per folder.
 */
export function createApiKeySource(apiKey: Config['apiKey'], now: () => number = Date.now): ApiKeySource {
  if ('value' in apiKey) {
    return { get: () => Promise.resolve(apiKey.value), getInsteadOf: () => Promise.resolve(undefined) };
  }
  let client: SecretsManagerClient | undefined;
  let cached: { key: string; until: number } | undefined;

  async function read(secretId: string): Promise<string | NoApiKey> {
    // Created on first use.
    client ??= new SecretsManagerClient({ requestHandler: answerTimeout });
    const { SecretString, SecretBinary }: Pick<GetSecretValueCommandOutput, 'SecretString' | 'SecretBinary'> =
      await client.send(new GetSecretValueCommand({ SecretId: secretId })).catch((error: unknown) => {
        // Also thrown for a secret that has no value yet.
        if ((error as Error).name === 'ResourceNotFoundException') return {};
        throw error;
      });
    const key = apiKeyIn(SecretString ?? Buffer.from(SecretBinary ?? '').toString());
    // A missing key is not cached, so that a newly stored key takes effect at once.
    cached = typeof key === 'string' ? { key, until: now() + CACHE_MILLISECONDS } : undefined;
    return key;
  }

  return {
    async get() {
      return cached && now() < cached.until ? cached.key : read(apiKey.secretId);
    },
    async getInsteadOf(rejected) {
      const key = await read(apiKey.secretId);
      return typeof key !== 'string' || key === rejected ? undefined : key;
    },
  };
}
