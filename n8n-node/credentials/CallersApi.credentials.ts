import type { IAuthenticate, Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { DEFAULT_API_URL } from '../../shared/default-api-url.ts';
import { textOf } from './credential-text.ts';

/** The credential *Callers API*. */
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
   * The node tests the credential (`test-credential.ts`).
   *
   * A function, because n8n cannot evaluate an expression here if a workflow stores files in the JSON
   * (`binaryMode`).
   */
  authenticate: IAuthenticate = (credentials, request) =>
    Promise.resolve({
      ...request,
      headers: { ...request.headers, Authorization: textOf(credentials['apiKey']) },
    });
}
