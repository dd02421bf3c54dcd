import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Failure } from '../../voice-folder/fault.ts';
import { answerTimeout } from './aws-requests.ts';
import type { Config } from './config.ts';
import { secretRefusalOf } from './secret-refusal.ts';
import { apiKeyIn } from './stored-api-key.ts';

/** Provides the API key. */
export interface ApiKeySource {
  /**
   * The API key, or why there is none until a person changes something.
   *
   * @throws {Error} if Secrets Manager is busy or cannot be reached, and no key was read before; the message never contains
   *   the secret's value.
   */
  get(): Promise<string | Failure>;
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

  async function read(secretId: string): Promise<string | Failure> {
    // Created on first use.
    client ??= new SecretsManagerClient({ requestHandler: answerTimeout });
    let stored: GetSecretValueCommandOutput;
    try {
      stored = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    } catch (error) {
      const refusal = secretRefusalOf(error, secretId);
      if (!refusal) throw error;
      cached = undefined;
      return refusal;
    }
    const key = apiKeyIn(stored.SecretString ?? Buffer.from(stored.SecretBinary ?? '').toString());
    // A missing key is not cached, so that a newly stored key takes effect immediately.
    cached = typeof key === 'string' ? { key, until: now() + CACHE_MILLISECONDS } : undefined;
    return typeof key === 'string' ? key : { fault: { code: 'NO_API_KEY', ...key } };
  }

  return {
    async get() {
      if (cached && now() < cached.until) return cached.key;
      return read(apiKey.secretId).catch((error: unknown) => {
        // An outage of Secrets Manager says nothing about a key that worked.
        if (cached) return cached.key;
        throw error;
      });
    },
    async getInsteadOf(rejected) {
      const key = await read(apiKey.secretId);
      return typeof key !== 'string' || key === rejected ? undefined : key;
    },
  };
}
