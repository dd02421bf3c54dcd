import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { selfSigned } from '../../support/certificate.ts';

/** A registry of npm that has the built package. */
export interface Registry {
  /** What n8n and the npm that it starts need to reach it, and nothing else outside this machine. */
  environment: Record<string, string>;
  close(): void;
}

/** n8n takes packages from no other registry without a license. */
const HOST = 'registry.npmjs.org';

/**
 * A proxy behind which npm's registry has one package: the one of this project, as if it were published. Other
 * hosts cannot be reached.
 *
 * @param packed the tarball, read when it is asked for
 */
export async function startRegistry(packed: string, folder: string): Promise<Registry> {
  const tls = await selfSigned(HOST);
  const certificate = join(folder, 'registry.pem');
  writeFileSync(certificate, tls.cert);
  const registry = createTlsServer(tls, (request, response) => answer(packed, request, response));
  const proxy = createServer((_, response) => response.writeHead(403).end());
  proxy.on('connect', ({ url }: IncomingMessage, client: Socket) => {
    client.on('error', () => {});
    if (url !== `${HOST}:443`) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect((registry.address() as AddressInfo).port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.once('close', () => upstream.destroy());
  });
  for (const server of [registry, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    environment: {
      HTTP_PROXY: url,
      HTTPS_PROXY: url,
      NO_PROXY: '127.0.0.1,localhost',
      NODE_EXTRA_CA_CERTS: certificate,
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_userconfig: join(folder, 'npmrc'),
    },
    close: () => [registry, proxy].forEach((server) => server.close()),
  };
}

/** The package's metadata, that of its version, or its tarball; 404 for other packages. */
function answer(packed: string, { url = '' }: IncomingMessage, response: ServerResponse): void {
  const [, name = '', version] = decodeURIComponent(url).split('/');
  if (name !== 'n8n-nodes-callers') return void response.writeHead(404).end('{}');
  const tarball = readFileSync(packed);
  if (url.endsWith('.tgz')) return void response.end(tarball);
  const packageJson = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../n8n-node/package.json'), 'utf8'),
  ) as { version: string };
  const manifest = {
    ...packageJson,
    dist: {
      tarball: `https://${HOST}/${name}/-/${name}.tgz`,
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    },
  };
  const { version: latest } = packageJson;
  const document = { name, 'dist-tags': { latest }, versions: { [latest]: manifest } };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(version ? manifest : document));
}
