import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { AwsCredentialIdentity } from '@smithy/types';

/** What a request is signed for. */
export interface Scope {
  region: string;
  /** Such as `s3`. */
  service: string;
}

/** By secret and scope. A signing key is valid for a day, and a KeyObject signs ten times as fast as its bytes. */
const keys = new Map<string, KeyObject>();

/** What is asked for. */
export interface Target {
  method: 'GET' | 'HEAD' | 'PUT';
  host: string;
  /** Encoded. */
  path: string;
  /** Encoded, and sorted by name. */
  query: string;
  /** More headers to sign, with names in lower case. */
  headers?: Record<string, string>;
  /** @default - none */
  body?: string | undefined;
}

/**
 * The headers of a request, signed ("Signature Version 4 for API requests", AWS Identity and Access Management
 * User Guide).
 */
export function sign(
  { method, host, path, query, headers, body = '' }: Target,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentialIdentity,
  { region, service }: Scope,
  at: Date,
): Record<string, string> {
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const content = hash('sha256', body);
  const all: Record<string, string> = {
    host,
    'x-amz-content-sha256': content,
    'x-amz-date': time,
    ...(sessionToken && { 'x-amz-security-token': sessionToken }),
    ...headers,
  };
  const sorted = Object.keys(all).toSorted();
  const names = sorted.join(';');
  const lines = sorted.map((name) => `${name}:${all[name]}\n`).join('');
  const request = `${method}\n${path}\n${query}\n${lines}\n${names}\n${content}`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', request)}`;
  const signature = createHmac('sha256', keyFor(secretAccessKey, scope)).update(toSign).digest('hex');
  return {
    ...all,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function keyFor(secret: string, scope: string): KeyObject {
  const name = `${secret} ${scope}`;
  const known = keys.get(name);
  if (known) return known;
  const bytes = scope
    .split('/')
    .reduce<string | Buffer>((key, part) => createHmac('sha256', key).update(part).digest(), `AWS4${secret}`);
  const key = createSecretKey(bytes as Buffer);
  keys.set(name, key);
  return key;
}
