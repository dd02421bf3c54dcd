import type { FastifyRequest } from 'fastify';

/** The bucket, key and query of an S3 request, as fauxqs routes it; an empty text for what it does not name. */
export function targetOf(request: FastifyRequest): {
  bucket: string;
  key: string;
  query: Record<string, string>;
} {
  const { bucket = '', '*': key = '' } = (request.params ?? {}) as { bucket?: string; '*'?: string };
  return { bucket, key, query: (request.query ?? {}) as Record<string, string> };
}
