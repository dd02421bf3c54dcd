import type {
  ICredentialDataDecryptedObject,
  ICredentialTestFunctions,
  INodeCredentialTestResult,
} from 'n8n-workflow';
import { isJson } from '../../../shared/api-message.ts';
import { problemWithApiUrl } from '../../../shared/api-url.ts';
import { cloneUrl } from '../../../shared/clone-request.ts';
import { DEFAULT_API_URL } from '../../../shared/default-api-url.ts';
import { refuser } from '../../../shared/outcome.ts';
import { VISIBLE_ASCII } from '../../../shared/visible-ascii.ts';
import { API_KEY_RULE, textOf } from '../../credentials/credential-text.ts';
import { connectionProblem } from './connection-problem.ts';
import { refusedBefore } from './refused-before-callers.ts';

/** A credential as n8n passes it, with what has not been saved yet. */
interface Credential {
  data?: ICredentialDataDecryptedObject;
}

interface Answer {
  statusCode: number;
  headers: Record<string, string | undefined>;
  body: unknown;
}

/**
 * Tests a credential. The API has no endpoint for that. A clone request without fields cannot make a voice:
 * for a valid key the API rejects the fields, for an invalid one the key.
 *
 * A function, because n8n reports only codes, such as ECONNREFUSED, for a test that is described.
 */
export async function testCredential(
  { helpers }: ICredentialTestFunctions,
  { data = {} }: Credential,
): Promise<INodeCredentialTestResult> {
  const apiKey = textOf(data['apiKey']);
  const apiUrl = textOf(data['apiUrl']) || DEFAULT_API_URL;
  const problem = problemWithApiUrl(apiUrl);
  if (problem !== undefined) return failed(`Base URL ${problem}`);
  if (apiKey === '')
    return failed(
      'There is no API Key to test. One that an expression reads from an item is tested when a workflow runs.',
    );
  if (!VISIBLE_ASCII.test(apiKey)) return failed(`API Key ${API_KEY_RULE}`);
  try {
    // The only HTTP client that n8n has here.
    const answer = (await helpers.request({
      method: 'POST',
      uri: cloneUrl(apiUrl),
      headers: { Authorization: apiKey, Accept: 'application/json' },
      followRedirect: false,
      followAllRedirects: false,
      resolveWithFullResponse: true,
      simple: false,
      timeout: 30_000,
    })) as Answer;
    const refusal = refusalIn(answer);
    return refusal === undefined
      ? { status: 'OK', message: 'Callers accepted the API key' }
      : failed(refusal);
  } catch (thrown) {
    return failed(connectionProblem(thrown, apiUrl));
  }
}

function failed(message: string): INodeCredentialTestResult {
  return { status: 'Error', message };
}

function refusalIn({ statusCode, headers, body }: Answer): string | undefined {
  // n8n parses JSON.
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  if ((statusCode === 400 || statusCode === 422) && isJson(text)) return undefined;
  const by = refuser(statusCode, text);
  switch (statusCode) {
    case 401:
    case 403:
      if (by !== 'Callers') return refusedBefore(by, statusCode);
      return statusCode === 401
        ? 'Callers rejected this API key'
        : 'Callers does not allow this API key to clone voices';
    case 407:
      return 'n8n’s proxy requires a password (407): correct HTTPS_PROXY';
    case 429:
      return 'Callers is too busy to check the key. Try again in a minute.';
  }
  if (statusCode >= 500)
    return `Callers, or a server before it, failed to answer (${statusCode}). Try again in a minute.`;
  if (statusCode >= 300 && statusCode < 400)
    return `The Base URL leads elsewhere (${statusCode}): ${headers['location'] ?? 'correct it'}`;
  if ((statusCode === 402 || statusCode > 405) && isJson(text))
    return `Callers rejected the test (${statusCode})`;
  return refusedBefore('address', statusCode);
}
