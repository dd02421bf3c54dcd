import type { IncomingMessage } from 'node:http';
import { locales } from '../../shared/locales.ts';
import { errorAnswer } from './answers.ts';
import type { ReceivedRequest } from './received-request.ts';
import type { CallersApiSimulatorOptions } from './simulator-options.ts';

const providerTypes: readonly string[] = ['ELEVENLABS', 'CARTESIA', 'GOOGLE_CLOUD'];
const localeCodes: readonly string[] = locales;

/** For each documented field except `files`: returns why a value is invalid. */
const fieldRules = new Map<string, (value: string) => string | undefined>([
  [
    'name',
    // JSON Schema's minLength counts characters, not UTF-16 units.
    (value) =>
      Array.from(value).length < 5 ? 'name must be longer than or equal to 5 characters' : undefined,
  ],
  ['description', () => undefined],
  [
    'providerType',
    (value) =>
      providerTypes.includes(value)
        ? undefined
        : `providerType must be one of the following values: ${providerTypes.join(', ')}`,
  ],
  [
    'supportedLocales',
    (value) =>
      localeCodes.includes(value)
        ? undefined
        : `each value in supportedLocales must be one of the following values: ${localeCodes.join(', ')}`,
  ],
  ['subAccounts', (value) => notBoolean('subAccounts', value)],
  ['stability', (value) => notNumberWithin('stability', value, 0, 1)],
  ['similarityBoost', (value) => notNumberWithin('similarityBoost', value, 0, 1)],
  ['speed', (value) => notNumberWithin('speed', value, -1, 1)],
  ['supportsAllLanguages', (value) => notBoolean('supportsAllLanguages', value)],
]);

function notBoolean(name: string, value: string): string | undefined {
  return value === 'true' || value === 'false' ? undefined : `${name} must be a boolean value`;
}

/** Accepts only decimal numbers: no exponent as in `String(1e-7)`, no bare point, no spaces, no plus sign. */
function notNumberWithin(name: string, value: string, least: number, most: number): string | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(value))
    return `${name} must be a number conforming to the specified constraints`;
  if (Number(value) < least) return `${name} must not be less than ${least}`;
  if (Number(value) > most) return `${name} must not be greater than ${most}`;
  return undefined;
}

/** Rejects a request by its headers alone. */
export function judgeHead(
  { method, url, headers }: IncomingMessage,
  { apiKey, subOrganizations }: CallersApiSimulatorOptions,
) {
  if (method !== 'POST' || url !== '/voices/voice-clone') {
    return errorAnswer(404, `Cannot ${method} ${url}`, 'Not Found');
  }
  const accepted = typeof apiKey === 'function' ? apiKey() : apiKey;
  const key = headers.authorization;
  if (!key || /^bearer /i.test(key) || (accepted !== undefined && key !== accepted)) {
    return errorAnswer(401, 'Unauthorized');
  }
  const subOrganization = headers['x-sub-organization-id'];
  if (subOrganization !== undefined) {
    const allowed = subOrganizations?.some((each) => each === subOrganization) ?? subOrganization !== '';
    if (!allowed) return errorAnswer(403, 'Forbidden resource', 'Forbidden');
  }
  if (headers['content-length'] === undefined) return errorAnswer(411, 'Length Required');
  return undefined;
}

/** All problems with the fields and files, without duplicates. */
export function judgeForm({ fields, files }: ReceivedRequest): string[] {
  const problems = new Set<string>();
  const seen = new Set<string>();
  for (const [name, value] of fields) {
    const rule = fieldRules.get(name);
    if (name === 'files') problems.add('files must be files, each with a filename');
    else if (!rule) problems.add(`property ${name} should not exist`);
    else if (seen.has(name) && name !== 'supportedLocales') problems.add(`${name} must not be repeated`);
    const wrong = rule?.(value);
    if (wrong) problems.add(wrong);
    seen.add(name);
  }
  for (const { field, filename, size } of files) {
    if (field !== 'files') problems.add(`property ${field} should not be a file`);
    else if (filename === '') problems.add('files must be files, each with a filename');
    if (size === 0) problems.add(`files must not be empty: ${filename}`);
  }
  if (!seen.has('name')) {
    problems.add('name must be longer than or equal to 5 characters').add('name must be a string');
  }
  if (!seen.has('files') && !files.some(({ field }) => field === 'files')) {
    problems.add('files should not be empty');
  }
  return [...problems];
}
