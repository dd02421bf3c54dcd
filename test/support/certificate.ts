import { generate } from 'selfsigned';

interface Certificate {
  key: string;
  cert: string;
}

/** A certificate for a host and 127.0.0.1, and its key (PEM), signed by itself unless there is an issuer. */
export async function selfSigned(host = 'localhost', issuer?: Certificate): Promise<Certificate> {
  const altNames = [
    { type: 7, ip: '127.0.0.1' },
    { type: 2, value: host },
  ] as const;
  const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    ...(issuer && { ca: issuer }),
    extensions: [{ name: 'subjectAltName', altNames: [...altNames] }],
  });
  return { key, cert };
}
