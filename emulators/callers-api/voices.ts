import { randomBytes, randomUUID } from 'node:crypto';
import type { ReceivedRequest, Voice } from './received-request.ts';

/** The voice that a valid request makes. */
export function voiceFrom({ headers, fields }: ReceivedRequest, ownOrganizationId: string): Voice {
  const given = new Map(fields);
  const supportedLocales = fields.flatMap(([name, value]) => (name === 'supportedLocales' ? [value] : []));
  const languages = new Set(supportedLocales.map((locale) => locale.split('-')[0]));
  const settings: Voice['settings'] = {};
  for (const name of ['stability', 'similarityBoost', 'speed'] as const) {
    const value = given.get(name);
    if (value !== undefined) settings[name] = Number(value);
  }
  return {
    id: randomUUID(),
    voiceId: randomBytes(10).toString('hex'),
    name: given.get('name') ?? '',
    isMultilingual: given.get('supportsAllLanguages') === 'true' || languages.size > 1,
    supportedLocales,
    ttsClient: (given.get('providerType') ?? 'ELEVENLABS').toLowerCase(),
    organizationId: headers['x-sub-organization-id']?.toString() ?? ownOrganizationId,
    settings,
    createdAt: new Date().toISOString(),
  };
}
