import type {
  IAuthenticate,
  IAuthenticateRuleResponseCode,
  Icon,
  ICredentialTestRequest,
  ICredentialType,
  INodeProperties,
} from 'n8n-workflow';
import { DEFAULT_API_URL } from '../../shared/clone-request.ts';

/**
 * n8n cannot reject a URL here, so http becomes https, except on localhost. The node itself rejects plain
 * http.
 */
const SAFE_API_URL =
  `={{($credentials.apiUrl || "${DEFAULT_API_URL}").trim()` +
  '.replace(/^http:(?!\\/\\/(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d+)?(\\/|$))/i, "https:")}}';

export class CallersApi implements ICredentialType {
  name = 'callersApi';

  displayName = 'Callers API';

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-callers#credentials';

  icon: Icon = { light: 'file:../icons/callers.svg', dark: 'file:../icons/callers.dark.svg' };

  properties: INodeProperties[] = [
    {
      displayName: 'API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      required: true,
      description: 'The API key of your Callers organization',
    },
    {
      displayName: 'Base URL',
      name: 'apiUrl',
      type: 'string',
      default: DEFAULT_API_URL,
      placeholder: DEFAULT_API_URL,
      description: 'Change this only to use a test environment of the Callers API',
    },
  ];

  /**
   * A function, because n8n cannot evaluate an expression here if a workflow stores files in the JSON
   * (`binaryMode`).
   */
  authenticate: IAuthenticate = (credentials, request) =>
    Promise.resolve({
      ...request,
      headers: { ...request.headers, Authorization: credentials['apiKey'] },
    });

  /**
   * The API has no endpoint for testing a key. A clone request without fields cannot make a voice: for a
   * valid key the API rejects the fields, for an invalid one the key.
   */
  test: ICredentialTestRequest = {
    request: {
      method: 'POST',
      baseURL: SAFE_API_URL,
      url: '/voices/voice-clone',
      disableFollowRedirect: true,
      ignoreHttpStatusErrors: { ignore: true, except: statusesOtherThan(400, 422) },
    },
    rules: [
      ...rulesFor(401, 'Callers rejected this API key'),
      ...rulesFor(403, 'Callers does not allow this API key to clone voices'),
      ...rulesFor(404, 'There is no Callers API at the Base URL'),
      ...rulesFor(429, 'Callers is too busy to check the key. Try again in a minute.'),
      ...[500, 502, 503, 504].flatMap((status) =>
        rulesFor(status, `Callers had an internal error (${status}). Try again in a minute.`),
      ),
    ],
  };
}

/**
 * n8n 1 does not support `except` and treats every status as a success, so a second rule matches the error's
 * body.
 */
function rulesFor(status: number, message: string): IAuthenticateRuleResponseCode[] {
  return [
    { type: 'responseCode', properties: { value: status, message } },
    { type: 'responseSuccessBody', properties: { key: 'statusCode', value: status, message } },
  ] as IAuthenticateRuleResponseCode[]; // n8n accepts both kinds in one list, but its types do not.
}

function statusesOtherThan(...fine: number[]): number[] {
  return Array.from({ length: 500 }, (_, index) => index + 100).filter((status) => !fine.includes(status));
}
