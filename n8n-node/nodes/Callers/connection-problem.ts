/** What to correct if a server cannot be reached, for the test of a credential and the node alike. */
export function connectionProblem(thrown: unknown, url: string): string {
  const { host, hostname, port, protocol } = new URL(url);
  const { code, message, hostname: sought, address, port: tried } = innermost(thrown);
  const why = String(code ?? message ?? thrown);
  const isUnknown = why === 'ENOTFOUND' || why === 'EAI_AGAIN';
  if (isUnknown || why === 'ECONNREFUSED') {
    const isProxy = isUnknown
      ? sought !== hostname
      : tried !== undefined && tried !== Number(port || (protocol === 'https:' ? 443 : 80));
    if (isProxy)
      return `n8n’s proxy cannot be reached at ${isUnknown ? String(sought) : [address, tried].join(':')}: correct HTTPS_PROXY (${why})`;
    return `${isUnknown ? `There is no server named ${hostname}` : `No server listens at ${host}`}: correct the Base URL (${why})`;
  }
  if (/CERT|SELF_SIGNED|LEAF|TLS|SSL|EPROTO/.test(why))
    return `${host} has no certificate that n8n trusts: correct the Base URL, or set NODE_EXTRA_CA_CERTS (${why})`;
  return `${host} did not answer: check the Base URL and the network (${why})`;
}

function innermost(thrown: unknown): Partial<Record<string, unknown>> {
  const error = thrown as Partial<Record<string, unknown>>;
  const inner = error['cause'] ?? error['error'];
  return typeof inner === 'object' && inner !== null ? innermost(inner) : error;
}
