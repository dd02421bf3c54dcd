import type { IncomingHttpHeaders } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { escapeUriPath, HttpRequest } from '@smithy/core/protocols';
import { localCredentials } from '../../emulators/aws.ts';

/** Tells of a request, named as in `S3Proxy.requests`, whether the SDK would sign it in the same way. */
export async function signatureCheck(sessionToken: string) {
  const credentials = { ...localCredentials, sessionToken };
  const signer = await new S3Client({ region: 'us-east-1', credentials }).config.signer();
  return async (name: string, query: URLSearchParams, headers: IncomingHttpHeaders): Promise<boolean> => {
    const { authorization, 'x-amz-date': date } = headers;
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization ?? '') ?? [];
    const [, method = '', path = ''] = /^(\w+) (.*)$/s.exec(name) ?? [];
    const request = new HttpRequest({
      method,
      hostname: '127.0.0.1',
      path: escapeUriPath(path),
      query: Object.fromEntries(query),
      headers: Object.fromEntries(names.split(';').map((header) => [header, String(headers[header])])),
    });
    const signed = await signer.sign(request, { signingDate: timeIn(String(date)) });
    return signed.headers['authorization'] === authorization;
  };
}

/** Of an `x-amz-date`. */
export function timeIn(date: string): Date {
  return new Date(date.replace(/(..)(..)T(..)(..)/, '-$1-$2T$3:$4:'));
}
