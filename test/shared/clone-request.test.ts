import { describe, expect, it } from 'vitest';
import { apiUrlSchema } from '../../shared/api-url-schema.ts';
import { buildCloneRequest } from '../../shared/clone-request.ts';
import { DEFAULT_API_URL } from '../../shared/default-api-url.ts';
import { cloneSettingsSchema } from '../../shared/clone-settings.ts';
import { sampleOf } from '../support/samples.ts';
import { wav } from '../support/wav.ts';

const settings = cloneSettingsSchema.parse({ name: 'Alice' });
const one = sampleOf(wav(1_000), { name: 'one.wav' });

describe('the parts', () => {
  it('do not depend on the order in which the settings were written', () => {
    const written = { speed: 0, name: 'Alice', supportedLocales: ['en-US'], description: '' };
    const inOrder = buildCloneRequest({ settings: cloneSettingsSchema.parse(written), samples: [one] });
    expect(inOrder.parts.map(([name]) => name)).toEqual([
      'name',
      'description',
      'supportedLocales',
      'speed',
      'files',
    ]);
  });

  it('omit what is missing or undefined', () => {
    const withUndefined = { name: 'Alice', description: undefined, speed: undefined };
    for (const given of [settings, withUndefined as unknown as typeof settings]) {
      expect(buildCloneRequest({ settings: given, samples: [one] }).parts).toEqual([
        ['name', 'Alice'],
        ['files', one],
      ]);
    }
  });

  it.each([1e-7, 1.5e-10, -1e-7])('write the number %d as decimals', (speed) => {
    const { parts } = buildCloneRequest({ settings: { ...settings, speed }, samples: [] });
    const written = parts[1]?.[1];
    expect(written).toMatch(/^-?\d+(\.\d+)?$/);
    expect(Number(written)).toBeCloseTo(speed, 12);
  });
});

describe('the headers', () => {
  it('hold the sub-organization when there is one', () => {
    const options = { apiKey: 'a-key', subOrganizationId: 'sub-1', settings, samples: [] };
    expect(buildCloneRequest(options).headers).toStrictEqual({
      Authorization: 'a-key',
      'x-sub-organization-id': 'sub-1',
    });
  });

  it('are empty when the sender adds the key itself', () => {
    expect(buildCloneRequest({ settings, samples: [] }).headers).toStrictEqual({});
  });
});

describe('the URL', () => {
  it.each([
    [undefined, 'https://api.callers.ai/voices/voice-clone'],
    ['https://api.callers.ai', 'https://api.callers.ai/voices/voice-clone'],
    ['https://api.callers.ai/', 'https://api.callers.ai/voices/voice-clone'],
    ['https://api.callers.ai///', 'https://api.callers.ai/voices/voice-clone'],
    ['https://example.com/callers', 'https://example.com/callers/voices/voice-clone'],
    ['https://example.com/callers/', 'https://example.com/callers/voices/voice-clone'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/voices/voice-clone'],
  ])('from the base %s', (apiUrl, url) => {
    const request = buildCloneRequest({ settings, samples: [], ...(apiUrl !== undefined && { apiUrl }) });
    expect(request).toMatchObject({ method: 'POST', url });
  });

  it.each([
    DEFAULT_API_URL,
    'https://example.com:8443/base/',
    'http://localhost:8080',
    'http://LOCALHOST',
    'http://127.0.0.1:1',
    'http://127.1.2.3',
    'http://[::1]:8080',
  ])('may be based on %s', (apiUrl) => {
    expect(apiUrlSchema.safeParse(apiUrl).error?.issues).toBeUndefined();
  });

  it.each(['', 'api.callers.ai', '/voices', 'https://:pass@api.callers.ai', 5, null, undefined, {}])(
    'may not be based on %j',
    (apiUrl) => {
      expect(apiUrlSchema.safeParse(apiUrl).success).toBe(false);
    },
  );

  it.each([
    'https://api.callers.ai?',
    'https://api.callers.ai/#',
    'https://api.callers.ai/\n',
    'https://api.callers.ai/ ',
    ' https://api.callers.ai ',
  ])('is refused, or leads to the API, when based on %j', (apiUrl) => {
    const parsed = apiUrlSchema.safeParse(apiUrl);
    if (!parsed.success) return;
    const { url } = buildCloneRequest({ apiUrl: parsed.data, settings, samples: [] });
    expect(URL.canParse(url) ? new URL(url).href : `not a URL: ${url}`).toBe(
      'https://api.callers.ai/voices/voice-clone',
    );
  });
});
