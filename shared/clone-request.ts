import * as z from 'zod/v4-mini';
import type { CloneSettings } from './clone-settings.ts';

/** Where the API lives when nothing else is said. */
export const DEFAULT_API_URL = 'https://api.callers.ai';

/**
 * The API's base URL. The key travels with every request, so plain `http` is accepted only for this machine
 * itself (RFC 6761 for `localhost`, RFC 1122 section 3.2.1.3 for 127.0.0.0/8).
 */
export const apiUrlSchema = z.string().check(
  z.refine((url) => problemWithApiUrl(url) === undefined, {
    error: ({ input }) => problemWithApiUrl(String(input)),
  }),
);

/** One field of the form: text, or a sample as a file. */
export type ClonePart<Sample> = [name: string, value: string | Sample];

/**
 * The API call, ready to be encoded as `multipart/form-data` by whoever sends it. Samples are passed on as they are: n8n
 * has some of its own.
 */
export interface CloneRequest<Sample> {
  method: 'POST';
  url: string;
  headers: Record<string, string>;
  parts: ClonePart<Sample>[];
}

export interface CloneRequestOptions<Sample> {
  /** Base URL of the API. @default DEFAULT_API_URL */
  apiUrl?: string;
  /** The API key. Left out where the sender adds it by itself, as n8n does with a credential. */
  apiKey?: string;
  /** Sub-organization that gets the voice. */
  subOrganizationId?: string;
  settings: CloneSettings;
  samples: readonly Sample[];
}

/**
 * Builds the request that clones a voice: one part for each setting that was given, `supportedLocales` and
 * `files` repeated, files last so that the API has read every setting before the first byte of audio.
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
    url: `${apiUrl.replace(/\/+$/, '')}/voices/voice-clone`,
    headers: {
      ...(apiKey !== undefined && { Authorization: apiKey }),
      ...(subOrganizationId !== undefined && { 'x-sub-organization-id': subOrganizationId }),
    },
    parts: [...settingParts, ...samples.map((sample): ClonePart<Sample> => ['files', sample])],
  };
}

/** JavaScript writes small numbers with an exponent, which not every server reads. */
function decimal(number: number): string {
  const text = String(number);
  return text.includes('e') ? number.toFixed(20).replace(/\.?0+$/, '') : text;
}

function problemWithApiUrl(value: string): string | undefined {
  if (!URL.canParse(value)) return 'must be a URL such as https://api.callers.ai';
  if (/[\s?#]/.test(value)) return 'must not hold a query, a fragment or white space';
  const { protocol, hostname, username, password } = new URL(value);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
  if (protocol === 'http:' && !isLoopback(hostname)) {
    return 'must begin with https://, so that the API key never travels in the clear (http only for localhost)';
  }
  if (username || password) return 'must not hold a user name or password';
  return undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
