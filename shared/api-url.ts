/**
 * Explains why a base URL of the API is invalid; undefined if it is valid. Every request carries the API key, so
 * plain `http` is accepted only for loopback addresses (RFC 6761 for `localhost`, RFC 1122 section 3.2.1.3 for
 * 127.0.0.0/8).
 */
export function problemWithApiUrl(value: string): string | undefined {
  if (!URL.canParse(value)) return 'must be a URL such as https://api.callers.ai';
  if (/[\s?#]/.test(value)) return 'must not contain a query, a fragment or white space';
  const { protocol, hostname, username, password } = new URL(value);
  if (!/^https?:\/\//i.test(value)) return 'must start with https://';
  if (protocol === 'http:' && !isLoopback(hostname)) {
    return 'must start with https://, so that the API key is never sent unencrypted (http only for localhost)';
  }
  if (/\/voices\/voice-clone\/*$/.test(value)) return 'must be the address before /voices/voice-clone';
  if (username || password) return 'must not contain a user name or password';
  return undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
