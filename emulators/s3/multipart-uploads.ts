import type { FastifyRequest } from 'fastify';
import { targetOf } from './request.ts';
import { escapeXml, xmlDocument } from './xml.ts';

/** Tracks multipart uploads in progress. */
export function uploadsInProgress() {
  const known = new Map<string, { bucket: string; key: string; initiated: Date }>();
  return {
    /**
     * The answer to a request for the list; undefined for other requests.
     * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
     */
    listing(request: FastifyRequest): string | undefined {
      const { bucket, key, query } = targetOf(request);
      if (request.method !== 'GET' || key !== '' || bucket === '' || !('uploads' in query)) return undefined;
      const prefix = query['prefix'] ?? '';
      const found = [...known].filter(([, upload]) => {
        if (upload.bucket !== bucket || !upload.key.startsWith(prefix)) return false;
        return !query['delimiter'] || !upload.key.slice(prefix.length).includes(query['delimiter']);
      });
      const uploads = found.map(
        ([id, upload]) =>
          `<Upload><Key>${escapeXml(upload.key)}</Key><UploadId>${id}</UploadId>` +
          `<Initiated>${upload.initiated.toISOString()}</Initiated></Upload>`,
      );
      return xmlDocument(
        `<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><IsTruncated>false</IsTruncated>` +
          `${uploads.join('')}</ListMultipartUploadsResult>`,
      );
    },
    /** Records the effect of a request, given its answer. */
    see(request: FastifyRequest, status: number, payload: unknown): void {
      const { bucket, key, query } = targetOf(request);
      if (status >= 300 || key === '') return;
      const begun = request.method === 'POST' && 'uploads' in query && typeof payload === 'string';
      const [, id] = (begun && /<UploadId>([^<]+)</.exec(payload)) || [];
      if (id) known.set(id, { bucket, key, initiated: new Date() });
      const isOver = request.method === 'POST' || request.method === 'DELETE';
      if (isOver && query['uploadId'] !== undefined) known.delete(query['uploadId']);
    },
  };
}
