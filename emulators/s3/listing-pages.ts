import type { FastifyRequest } from 'fastify';
import { targetOf } from './request.ts';
import { escapeXml, unescapeXml } from './xml.ts';

/**
 * Lists in the order of code units, as S3 does. fauxqs sorts by the rules of a language but continues after a code unit,
 * and so loses names in mixed case between pages. It is asked for all keys, by a `max-keys` that is not a number.
 */
export function listingPages() {
  const lengths = new WeakMap<FastifyRequest, number>();
  const nameIn = (entry: string) => unescapeXml(/<(Key|Prefix)>(.*?)<\/\1>/s.exec(entry)?.[2] ?? '');
  return {
    /** Asks fauxqs for all keys, and remembers how many were wanted. */
    ask(request: FastifyRequest): void {
      const { bucket, key, query } = targetOf(request);
      if (request.method !== 'GET' || !bucket || key) return;
      const length = Number(query['max-keys'] ?? 1000);
      if (!Number.isInteger(length)) return;
      lengths.set(request, Math.min(length, 1000));
      query['max-keys'] = 'all';
    },
    /** The wanted page of the answer; other answers unchanged. */
    cut(request: FastifyRequest, payload: unknown): unknown {
      const length = lengths.get(request);
      if (length === undefined || typeof payload !== 'string' || !payload.includes('<ListBucketResult')) {
        return payload;
      }
      const entries: [name: string, xml: string][] = [];
      const rest = payload.replaceAll(/<(Contents|CommonPrefixes)>.*?<\/\1>\s*/gs, (xml) => {
        entries.push([nameIn(xml), xml]);
        return '';
      });
      entries.sort(([one], [other]) => (one < other ? -1 : 1));
      const page = entries.slice(0, length);
      const [last] = page.at(-1) ?? [];
      const isTruncated = last !== undefined && page.length < entries.length;
      const next = rest.includes('<KeyCount>')
        ? `<NextContinuationToken>${Buffer.from(last ?? '').toString('base64')}</NextContinuationToken>`
        : `<NextMarker>${escapeXml(last ?? '')}</NextMarker>`;
      return rest
        .replace(/(<KeyCount>).*?</, `$1${page.length}<`)
        .replace(/(<MaxKeys>).*?</, `$1${length}<`)
        .replace(/(<IsTruncated>).*?</, `$1${isTruncated}<`)
        .replace('</ListBucketResult>', (end) =>
          [...page.map(([, xml]) => xml), ...(isTruncated ? [next] : []), end].join(''),
        );
    },
  };
}
