import { generate } from 'selfsigned';

/** A self-signed certificate for 127.0.0.1 and localhost, and its key (PEM). */
export async function selfSigned(): Promise<{ key: string; cert: string }> {
  const altNames = [
    { type: 7, ip: '127.0.0.1' },
    { type: 2, value: 'localhost' },
  ] as const;
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [...altNames] }],
  });
  return { key, cert };
}
