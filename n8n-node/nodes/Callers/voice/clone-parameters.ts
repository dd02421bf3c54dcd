import { type IExecuteFunctions, type INodeProperties, NodeOperationError } from 'n8n-workflow';
import { apiUrlSchema, DEFAULT_API_URL } from '../../../../shared/clone-request.ts';
import { cloneParametersSchema, type CloneSettings, issuesOf } from '../../../../shared/clone-settings.ts';
import { cloneFields } from './clone-fields.ts';
import { noVoice } from './samples-from.ts';

export interface CloneParameters {
  apiUrl: string;
  settings: CloneSettings;
  subOrganizationId?: string;
  timeoutSeconds: number;
}

/**
 * Reads an item's parameters, validated by the same schema as the manifest of a voice folder.
 *
 * @throws {NodeOperationError} lists every problem, with each field's display name.
 */
export async function readParameters(
  context: IExecuteFunctions,
  itemIndex: number,
): Promise<CloneParameters> {
  const additional = context.getNodeParameter('additionalFields', itemIndex, {});
  const given = Object.entries(additional)
    .map(([name, value]) => [name, converted(name, value)] as const)
    .filter(([, value]) => !isLeftOut(value));
  const name = context.getNodeParameter('name', itemIndex);
  const parsed = cloneParametersSchema.safeParse({ ...Object.fromEntries(given), name });
  const { apiUrl } = await context.getCredentials<{ apiUrl?: string }>('callersApi', itemIndex);
  const parsedUrl = apiUrlSchema.safeParse(apiUrl?.trim() || DEFAULT_API_URL);
  const timeoutSeconds = Number(context.getNodeParameter('options.timeout', itemIndex, 600));

  const problems = [
    ...(parsed.error ? issuesOf(parsed.error) : []).map(
      ({ path, message }) => `${displayNameOf(path)} ${message}`,
    ),
    ...(timeoutSeconds > 0 ? [] : ['Timeout (Seconds) must be a number greater than 0']),
    ...(parsedUrl.error
      ? issuesOf(parsedUrl.error).map(({ message }) => `Base URL of the credential ${message}`)
      : []),
  ];
  if (!parsed.success || !parsedUrl.success || problems.length > 0) {
    throw new NodeOperationError(context.getNode(), problems.join('; '), {
      itemIndex,
      description: noVoice(context),
    });
  }
  const { subOrganizationId, ...settings } = parsed.data;
  return {
    apiUrl: parsedUrl.data,
    settings,
    timeoutSeconds,
    ...(subOrganizationId !== undefined && { subOrganizationId }),
  };
}

const additionalFields = (cloneFields.find(({ name }) => name === 'additionalFields')?.options ??
  []) as INodeProperties[];

/** Converts text to the field's type: expressions often return text from tables and forms. */
function converted(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  const type = additionalFields.find((field) => field.name === name)?.type;
  if (type === 'number' && text !== '' && !Number.isNaN(Number(text))) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'multiOptions' && text !== '') return text.split(',').map((item) => item.trim());
  return text;
}

/** Treats an additional field without a value, which an expression may produce, as not added. */
function isLeftOut(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** `supportedLocales[2]` becomes `Supported Locales[2]`. */
function displayNameOf(path: string): string {
  const [name = ''] = path.split(/[.[]/, 1);
  const field = [...cloneFields, ...additionalFields].find((each) => each.name === name);
  return `${field?.displayName ?? name}${path.slice(name.length)}`;
}
