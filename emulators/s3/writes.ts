import type { FastifyRequest } from 'fastify';
import { targetOf } from './request.ts';
import { unescapeXml } from './xml.ts';

/** A request that changes objects. */
export interface Write {
  bucket: string;
  /** One key, or several for DeleteObjects. */
  keys: string[];
  operation: 'Put' | 'Copy' | 'CompleteMultipartUpload' | 'Post' | 'Delete';
}

/**
 * Classifies a request like fauxqs' router; undefined if it changes no object in a general-purpose bucket.
 */
export async function writeIn(request: FastifyRequest): Promise<Write | undefined> {
  const { bucket, key, query } = targetOf(request);
  if (!bucket) return undefined;

  switch (request.method) {
    case 'PUT':
      // renameObject is for directory buckets only, and fauxqs checks its conditions itself.
      if (!key || 'renameObject' in query || (query.uploadId && query.partNumber)) return undefined;
      return { bucket, keys: [key], operation: request.headers['x-amz-copy-source'] ? 'Copy' : 'Put' };

    case 'DELETE':
      return !key || query.uploadId ? undefined : { bucket, keys: [key], operation: 'Delete' };

    case 'POST': {
      if (!key && request.headers['content-type']?.toLowerCase().includes('multipart/form-data')) {
        const formKey = await keyInForm(request);
        return formKey === undefined ? undefined : { bucket, keys: [formKey], operation: 'Post' };
      }
      if (key && 'uploads' in query) return undefined;
      if (key && query.uploadId) return { bucket, keys: [key], operation: 'CompleteMultipartUpload' };
      return { bucket, keys: keysInDeleteObjects(request), operation: 'Delete' };
    }

    default:
      return undefined;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
async function keyInForm(request: FastifyRequest): Promise<string | undefined> {
  const headers = { 'content-type': String(request.headers['content-type']) };
  // fauxqs rejects an invalid form.
  const form = await new Response(request.body as Buffer<ArrayBuffer>, { headers })
    .formData()
    .catch(() => undefined);
  const key = form?.get('key');
  if (typeof key !== 'string') return undefined;
  const file = form?.get('file');
  const fileName = file instanceof File ? file.name.replace(/^.*[/\\]/, '') : '';
  return key.replaceAll('${filename}', () => fileName);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
function keysInDeleteObjects(request: FastifyRequest): string[] {
  const xml = Buffer.isBuffer(request.body) ? request.body.toString() : '';
  const keys = Array.from(xml.matchAll(/<Key>([\s\S]*?)<\/Key>/g), ([, key = '']) => unescapeXml(key));
  return [...new Set(keys)];
}
