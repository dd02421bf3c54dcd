/**
 * What to correct if a server cannot be reached, for the test of a credential and the node alike. It is read from the
 * text, because n8n up to 2.6 drops the client's error with its address and port.
 */
export function connectionProblem(thrown: unknown, url: string): string {
  const { host, hostname, port, protocol } = new URL(url);
  const { why, text } = reasonOf(thrown);
  const [, sought] = /(?:ENOTFOUND|EAI_AGAIN) (\S+)/.exec(text) ?? [];
  const expected = port || (protocol === 'https:' ? '443' : '80');
  // A host with several addresses leaves only the code. Without encryption it is this machine, which needs no proxy.
  const alone = protocol === 'http:' && why === 'ECONNREFUSED' ? expected : undefined;
  const [, address, tried = alone] = /ECONNREFUSED (\S+):(\d+)/.exec(text) ?? [];
  if (sought ?? tried) {
    const isProxy = sought ? sought !== hostname : tried !== expected;
    if (isProxy)
      return `n8n’s proxy cannot be reached at ${sought ?? `${address}:${tried}`}: correct HTTPS_PROXY (${why})`;
    return `${sought ? `There is no server named ${hostname}` : `No server listens at ${host}`}: correct the Base URL (${why})`;
  }
  if (/CERT|SELF_SIGNED|LEAF|TLS|SSL|EPROTO/.test(why))
    return `${host} has no certificate that n8n trusts: correct the Base URL, or set NODE_EXTRA_CA_CERTS (${why})`;
  if (why.startsWith('HPE_')) return `${host} did not answer in HTTP (${why})`;
  return `${host} did not answer: check the Base URL and the network (${why})`;
}

/**
 * Whether there was no connection to send anything to, although n8n's client may have taken the body: no name, no
 * route, no proxy, or no certificate that Node trusts. Only errors of connecting count: an open connection fails with
 * EHOSTUNREACH, too, and an `ERR_SSL_…` may be an alert that follows the data (TLS 1.3). A host with several addresses,
 * such as `localhost`, leaves only the code.
 */
export function neverConnected(thrown: unknown): boolean {
  const { why, text } = reasonOf(thrown);
  return (
    /\b(connect|getaddrinfo) E|before (secure TLS|receiving CONNECT)/.test(text) ||
    /^(?!ERR_SSL).*(CERT|LEAF|REFUSED)/.test(why)
  );
}

/** The code, and all texts: n8n's client throws its own error, or n8n replaces its message and keeps the old. */
export function reasonOf(thrown: unknown): { why: string; text: string } {
  const { code, httpCode, message, messages } = thrown as Partial<Record<string, unknown>>;
  return {
    why: String(code ?? httpCode ?? message ?? thrown),
    text: [messages, message, code].flat().join(' '),
  };
}
