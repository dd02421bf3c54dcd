import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { problemWithApiUrl } from '../../../../shared/api-url.ts';
import { DEFAULT_API_URL } from '../../../../shared/default-api-url.ts';
import { cloneParametersSchema, type CloneSettings, issuesOf } from '../../../../shared/clone-settings.ts';
import { shorten } from '../../../../shared/shorten.ts';
import { VISIBLE_ASCII } from '../../../../shared/visible-ascii.ts';
import { API_KEY_RULE, textOf } from '../../../credentials/credential-text.ts';
import { cloneFields, DEFAULT_TIMEOUT_SECONDS } from './clone-fields.ts';
import { inputError } from './failure.ts';
import { valueFor } from './text-values.ts';

/** An item's parameters, and its credential. */
export interface CloneParameters {
  apiUrl: string;
  apiKey: string;
  settings: CloneSettings;
  subOrganizationId?: string;
  timeoutSeconds: number;
}

/**
 * Reads an item's parameters, validated by the same schema as the manifest of a voice folder.
 *
 * @throws {NodeOperationError} lists every problem, with each field's display name and where its value comes
 * from.
 */
export async function readParameters(
  context: IExecuteFunctions,
  itemIndex: number,
): Promise<CloneParameters> {
  const additional = Object.entries(context.getNodeParameter('additionalFields', itemIndex, {}))
    .map(([name, value]) => [name, valueOf(name, value)] as const)
    .filter(([, value]) => !isLeftOut(value));
  const parsed = cloneParametersSchema.safeParse({
    ...Object.fromEntries(additional),
    name: valueOf('name', context.getNodeParameter('name', itemIndex, '') ?? undefined),
  });
  const timeout = valueOf('timeout', context.getNodeParameter('options.timeout', itemIndex, ''));
  const timeoutSeconds = isLeftOut(timeout) ? DEFAULT_TIMEOUT_SECONDS : timeout;
  const credential = await context.getCredentials<Partial<Record<string, unknown>>>('callersApi', itemIndex);
  const apiKey = textOf(credential['apiKey']);
  const apiUrl = textOf(credential['apiUrl']) || DEFAULT_API_URL;
  const urlProblem = problemWithApiUrl(apiUrl);

  const problems = [
    ...(parsed.error ? issuesOf(parsed.error) : []),
    ...(isTimeout(timeoutSeconds) ? [] : [{ path: 'timeout', message: 'must be a number greater than 0' }]),
  ].map(({ path, message }) => ({ ...fieldAt(path), message }));
  const problemsOfCredential = [
    ...(VISIBLE_ASCII.test(apiKey) ? [] : [`API Key of the credential ${API_KEY_RULE}`]),
    ...(urlProblem === undefined ? [] : [`Base URL of the credential ${urlProblem}`]),
  ];
  if (!parsed.success || !isTimeout(timeoutSeconds) || problemsOfCredential.length > 0) {
    const messages = problems.map(({ label, message }) => `${label} ${message}`);
    const advice = problems.map(({ place, name }) => adviceFor(context, itemIndex, place, name));
    throw inputError(context, itemIndex, {
      message: [...messages, ...problemsOfCredential].join('; '),
      description: [
        ...new Set(advice),
        ...(problemsOfCredential.length > 0 ? ['Correct the credential that this node uses.'] : []),
      ].join(' '),
    });
  }
  const { subOrganizationId, ...settings } = parsed.data;
  return {
    apiUrl,
    apiKey,
    settings,
    timeoutSeconds,
    ...(subOrganizationId !== undefined && { subOrganizationId }),
  };
}

function isTimeout(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

/** Each field with the collection that contains it, if any. */
const fields = cloneFields.flatMap((field): { field: INodeProperties; collection?: INodeProperties }[] =>
  field.type === 'collection'
    ? (field.options as INodeProperties[]).map((each) => ({ field: each, collection: field }))
    : [{ field }],
);

function valueOf(name: string, value: unknown): unknown {
  const known = fields.find(({ field }) => field.name === name);
  return known ? valueFor(known.field, value) : value;
}

/** Treats a field without a value, which an expression may produce, as not added. */
function isLeftOut(value: unknown): boolean {
  return (value ?? '') === '' || (Array.isArray(value) && value.length === 0);
}

/** Where a field is: `supportedLocales[2]` is `Supported Locales[2]`, in Additional Fields. */
function fieldAt(path: string): { label: string; place: string; name: string } {
  const [name = ''] = path.split(/[.[]/, 1);
  const { field, collection } = fields.find((each) => each.field.name === name) ?? {};
  const label = `${field?.displayName ?? name}${path.slice(name.length)}`;
  const inside =
    collection ?? (field ? undefined : { displayName: 'Additional Fields', name: 'additionalFields' });
  return {
    label,
    place: `'${field?.displayName ?? name}'${inside ? ` in '${inside.displayName}'` : ''}`,
    name: inside ? `${inside.name}.${name}` : name,
  };
}

/** How to correct a value: in its field, or where its expression takes it from. */
function adviceFor(context: IExecuteFunctions, itemIndex: number, place: string, name: string): string {
  const raw: unknown = context.getNodeParameter(name, itemIndex, '', { rawExpressions: true });
  if (typeof raw !== 'string' || !raw.startsWith('=')) return `Correct ${place}.`;
  const value = JSON.stringify(context.getNodeParameter(name, itemIndex, '')) ?? 'nothing';
  return `${place} comes from ${shorten(raw.slice(1).trim(), 100)}, which returned ${shorten(value, 60)}: correct the expression, or the data that it reads.`;
}
