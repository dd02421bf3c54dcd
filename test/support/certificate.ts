import { generate } from 'selfsigned';

/** A self-signed certificate for a host and 127.0.0.1, and its key (PEM). */
export async function selfSigned(host = 'localhost'): Promise<{ key: string; cert: string }> {
  const altNames = [
    { type: 7, ip: '127.0.0.1' },
    { type: 2, value: host },
  ] as const;
  const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [...altNames] }],
  });
  return { key, cert };
}
