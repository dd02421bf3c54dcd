import type { CloneSettings } from './clone-settings.ts';
import { DEFAULT_API_URL } from './default-api-url.ts';

/** One field of the form: text, or a sample as a file. */
export type ClonePart<Sample> = [name: string, value: string | Sample];

/**
 * The API call, ready for the sender to encode as `multipart/form-data`. The sample type is generic because
 * n8n represents files its own way.
 */
export interface CloneRequest<Sample> {
  method: 'POST';
  url: string;
  headers: Record<string, string>;
  parts: ClonePart<Sample>[];
}

/** What a request is built from. */
export interface CloneRequestOptions<Sample> {
  /** Base URL of the API. @default DEFAULT_API_URL */
  apiUrl?: string;
  /** The API key. Omitted if the sender adds it, as n8n does from a credential. */
  apiKey?: string;
  /** Sub-organization that gets the voice. */
  subOrganizationId?: string;
  settings: CloneSettings;
  samples: readonly Sample[];
}

/**
 * Builds the request that clones a voice: one part per setting, with `supportedLocales` and `files` repeated.
 * Files come last so that the API has every setting before the first byte of audio.
 */
export function buildCloneRequest<Sample>(options: CloneRequestOptions<Sample>): CloneRequest<Sample> {
  const { apiUrl = DEFAULT_API_URL, apiKey, subOrganizationId, settings, samples } = options;
  const settingParts = Object.entries(settings).flatMap(([name, value]): ClonePart<Sample>[] =>
    value === undefined
      ? []
      : [value].flat().map((item) => [name, typeof item === 'number' ? decimal(item) : String(item)]),
  );
  return {
    method: 'POST',
    url: cloneUrl(apiUrl),
    headers: {
      ...(apiKey !== undefined && { Authorization: apiKey }),
      ...(subOrganizationId !== undefined && { 'x-sub-organization-id': subOrganizationId }),
    },
    parts: [...settingParts, ...samples.map((sample): ClonePart<Sample> => ['files', sample])],
  };
}

/** The endpoint of the operation below a base URL of the API, which may end with slashes. */
export function cloneUrl(apiUrl: string): string {
  return `${apiUrl.replace(/\/+$/, '')}/voices/voice-clone`;
}

/** Avoids JavaScript's exponent notation for small numbers, which not every server parses. */
function decimal(number: number): string {
  const text = String(number);
  return text.includes('e') ? number.toFixed(20).replace(/\.?0+$/, '') : text;
}
