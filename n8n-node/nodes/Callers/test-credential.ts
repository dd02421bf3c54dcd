import type {
  ICredentialDataDecryptedObject,
  ICredentialTestFunctions,
  INodeCredentialTestResult,
} from 'n8n-workflow';
import { apiUrlSchema, DEFAULT_API_URL } from '../../../shared/clone-request.ts';
import { issuesOf } from '../../../shared/clone-settings.ts';
import { API_KEY_RULE, isApiKey, textOf } from '../../credentials/credential-text.ts';

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
  const { error } = apiUrlSchema.safeParse(apiUrl);
  if (error)
    return failed(
      `Base URL ${issuesOf(error)
        .map(({ message }) => message)
        .join('; ')}`,
    );
  if (apiKey === '')
    return failed(
      'There is no API Key to test. One that an expression reads from an item is tested when a workflow runs.',
    );
  if (!isApiKey(apiKey)) return failed(`API Key ${API_KEY_RULE}`);
  try {
    // The only HTTP client that n8n has here.
    const answer = (await helpers.request({
      method: 'POST',
      uri: `${apiUrl.replace(/\/+$/, '')}/voices/voice-clone`,
      headers: { Authorization: apiKey, Accept: 'application/json' },
      followRedirect: false,
      followAllRedirects: false,
      resolveWithFullResponse: true,
      simple: false,
      timeout: 30_000,
    })) as Answer;
    const problem = problemWith(answer);
    return problem === undefined
      ? { status: 'OK', message: 'Callers accepted the API key' }
      : failed(problem);
  } catch (thrown) {
    return failed(explainError(thrown, new URL(apiUrl)));
  }
}

function failed(message: string): INodeCredentialTestResult {
  return { status: 'Error', message };
}

function problemWith({ statusCode, headers, body }: Answer): string | undefined {
  if ((statusCode === 400 || statusCode === 422) && isJson(body)) return undefined;
  switch (statusCode) {
    case 401:
      return 'Callers rejected this API key';
    case 403:
      return isJson(body)
        ? 'Callers does not allow this API key to clone voices'
        : 'A proxy, or another server before Callers, refused access (403)';
    case 407:
      return 'n8n’s proxy requires a password (407): correct HTTPS_PROXY';
    case 429:
      return 'Callers is too busy to check the key. Try again in a minute.';
  }
  if (statusCode >= 500)
    return `Callers, or a proxy before it, had an internal error (${statusCode}). Try again in a minute.`;
  if (statusCode >= 300 && statusCode < 400)
    return `The Base URL leads elsewhere (${statusCode}): ${headers['location'] ?? 'correct it'}`;
  return `There is no Callers API at the Base URL (it answered ${statusCode})`;
}

/** As Callers answers; n8n parses some of it. */
function isJson(body: unknown): boolean {
  return typeof body === 'object' || (typeof body === 'string' && /^\s*[{[]/.test(body));
}

function explainError(thrown: unknown, { host, hostname, port, protocol }: URL): string {
  const { code, message, hostname: sought, address, port: tried } = innermost(thrown);
  const why = String(code ?? message ?? thrown);
  const isUnknown = why === 'ENOTFOUND' || why === 'EAI_AGAIN';
  if (isUnknown || why === 'ECONNREFUSED') {
    const isProxy = isUnknown
      ? sought !== hostname
      : tried !== undefined && tried !== Number(port || (protocol === 'https:' ? 443 : 80));
    if (isProxy)
      return `n8n’s proxy cannot be reached at ${isUnknown ? String(sought) : [address, tried].join(':')}: correct HTTPS_PROXY (${why})`;
    return `${isUnknown ? `There is no server named ${hostname}` : `No server listens at ${host}`}: correct the Base URL (${why})`;
  }
  if (/CERT|SELF_SIGNED|TLS|SSL|EPROTO/.test(why))
    return `${host} has no valid certificate for https: correct the Base URL (${why})`;
  return `${host} did not answer: check the Base URL and the network (${why})`;
}

function innermost(thrown: unknown): Partial<Record<string, unknown>> {
  const error = thrown as Partial<Record<string, unknown>>;
  const inner = error['cause'] ?? error['error'];
  return typeof inner === 'object' && inner !== null ? innermost(inner) : error;
}
