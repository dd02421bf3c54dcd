import type { FastifyInstance } from 'fastify';
import { unescapeXml } from './xml.ts';

/** An object's bare ETag and its size in bytes; undefined if it does not exist. */
export async function headObject(
  app: FastifyInstance,
  bucket: string,
  key: string,
): Promise<{ etag: string; size: number } | undefined> {
  const { statusCode, headers } = await app.inject({ method: 'HEAD', url: objectUrl(bucket, key) });
  if (statusCode === 404) return undefined;
  return { etag: bareEtag(String(headers.etag)), size: Number(headers['content-length']) };
}

/** The path of an object. Also escapes slashes; otherwise `a/../b` would be normalized to `b`. */
export function objectUrl(bucket: string, key: string): string {
  return `/${bucket}/${encodeURIComponent(key)}`;
}

/** Removes an ETag's quotes, plain or escaped as in the XML of a listing. */
export function bareEtag(etag: string): string {
  return unescapeXml(etag).replaceAll('"', '');
}
