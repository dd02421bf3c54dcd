import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { forwarded, type LocalServer, startLocalServer } from './local-server.ts';

interface Etag {
  /** As the emulator has it: the MD5 of the bytes, or of its parts' MD5s. */
  real: string;
  /** As clients see it. */
  shown: string;
}

/**
 * S3 with buckets that encrypt with a KMS key: an ETag is no hash of the bytes, and each write of the same bytes, a copy too, has
 * another one ("Object", Amazon S3 API Reference). Every answer about an object names the encryption.
 *
 * @param target the S3 behind it
 */
export function startKmsS3(target: string): Promise<LocalServer> {
  const etags = new Map<string, Etag>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', target);
    const name = decodeURIComponent(pathname);
    const isObject = name.split('/').length > 2 && name !== `/${name.split('/')[1]}/`;
    const isPart = searchParams.has('partNumber');
    const headers = { ...request.headers };
    for (const header of ['if-match', 'if-none-match'] as const) {
      headers[header] &&= realOf(name, headers[header]);
    }
    const source = headers['x-amz-copy-source-if-match'];
    if (source) {
      const from = `/${decodeURIComponent(String(headers['x-amz-copy-source'])).replace(/^\//, '')}`;
      headers['x-amz-copy-source-if-match'] = realOf(from, String(source));
    }

    const answer = await forwarded(request, response, target, headers);
    const status = answer.statusCode ?? 500;
    const answered = { ...answer.headers, ...(isObject && status < 300 && encryption) };
    const isXml = answer.headers['content-type']?.startsWith('application/xml') && request.method !== 'HEAD';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isObject && !isPart && !isRead && request.method !== 'DELETE' && answered.etag && status < 300) {
      answered.etag = written(name, answered.etag);
    } else if (isRead && answered.etag) {
      answered.etag = etags.get(name)?.shown ?? answered.etag;
    }
    if (!isXml || (isObject && isRead)) {
      response.writeHead(status, answered);
      answer.pipe(response);
      return;
    }
    const xml = await text(answer);
    const body = xml.includes('<ListBucketResult') ? listed(name, xml) : told(name, xml, isPart);
    response.writeHead(status, { ...answered, 'content-length': Buffer.byteLength(body) }).end(body);
  }

  function written(name: string, real: string): string {
    const parts = /-\d+/.exec(real)?.[0] ?? '';
    const shown = `"${randomBytes(16).toString('hex')}${parts}"`;
    etags.set(name, { real, shown });
    return shown;
  }

  function realOf(name: string, condition: string): string {
    const known = etags.get(name);
    return known && bare(known.shown) === bare(condition) ? known.real : condition;
  }

  /** The answer to a copy, or to the completion of an upload in parts. */
  function told(name: string, xml: string, isPart: boolean): string {
    if (isPart) return xml;
    return xml.replace(
      /<ETag>(.*?)<\/ETag>/,
      (_, real: string) => `<ETag>${written(name, `"${bare(real)}"`)}</ETag>`,
    );
  }

  function listed(bucketPath: string, xml: string): string {
    return xml.replaceAll(/<Contents>.*?<\/Contents>/gs, (entry) => {
      const key = unescape(/<Key>(.*?)<\/Key>/s.exec(entry)?.[1] ?? '');
      const isEncoded = xml.includes('<EncodingType>url</EncodingType>');
      const name = `${bucketPath.replace(/\/$/, '')}/${isEncoded ? decodeURIComponent(key) : key}`;
      const shown = etags.get(name)?.shown;
      return shown ? entry.replace(/<ETag>.*?<\/ETag>/, `<ETag>${shown}</ETag>`) : entry;
    });
  }

  return startLocalServer(handle);
}

const encryption = {
  'x-amz-server-side-encryption': 'aws:kms',
  'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:us-east-1:000000000000:key/1',
};

function bare(etag: string): string {
  return etag.replaceAll(/&quot;|&#34;|"/g, '');
}

function unescape(written: string): string {
  return written
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
