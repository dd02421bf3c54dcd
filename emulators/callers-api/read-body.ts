import busboy from 'busboy';
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Behavior } from './behaviors.ts';
import { type Exchange, pause } from './exchange.ts';
import type { ReceivedFile, ReceivedRequest } from './received-request.ts';

type Body = { kind: 'whole'; problems: string[] } | { kind: 'cut' };

/** Reads the body into `received`. Also reads an invalid body to its end, so that it can be answered. */
export async function readBody({ request, received, gone }: Exchange, behavior: Behavior): Promise<Body> {
  const stopAfter =
    behavior.kind === 'reset' && behavior.when === 'during-body'
      ? (behavior.afterBytes ?? Number(request.headers['content-length'] ?? 0) / 2)
      : Infinity;
  const form = openForm(request.headers, received);
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      await form.write(chunk);
      size += chunk.length;
      if (size >= stopAfter) return { kind: 'cut' };
      if (behavior.kind === 'slow-reading') {
        await pause((chunk.length / behavior.bytesPerSecond) * 1000, gone);
      }
    }
    return { kind: 'whole', problems: await form.end() };
  } catch (error) {
    if (gone.aborted || request.errored) return { kind: 'cut' };
    throw error;
  } finally {
    form.destroy();
  }
}

/** Parses the form into `received`. `end()` returns problems of the form's syntax. */
function openForm(headers: IncomingHttpHeaders, received: ReceivedRequest) {
  const problems: string[] = [];
  const nothing = { write: () => Promise.resolve(), end: () => Promise.resolve(problems), destroy: () => {} };
  if (!/^multipart\/form-data *(;|$)/i.test(headers['content-type'] ?? '')) {
    problems.push('the body must be multipart/form-data');
    return nothing;
  }

  let parser: busboy.Busboy;
  try {
    parser = busboy({ headers, preservePath: true, defParamCharset: 'utf8' });
  } catch (error) {
    problems.push(String(error));
    return nothing;
  }
  let broken = false;
  const over = new Promise<void>((resolve) => {
    parser.on('close', resolve).on('error', (error) => {
      if (!broken) problems.push(`malformed multipart body: ${String(error)}`);
      broken = true;
      resolve();
    });
  });
  parser.on('field', (name: string | undefined, value, { valueTruncated }) => {
    received.fields.push([name ?? '', value]);
    if (valueTruncated) problems.push(`${name ?? ''} is too long`);
  });
  parser.on('file', (field: string | undefined, contents, { filename = '', mimeType }) => {
    const file: ReceivedFile = { field: field ?? '', filename, mimeType, size: 0, sha256: '' };
    received.files.push(file);
    const hash = createHash('sha256');
    contents.on('data', (chunk: Buffer) => {
      file.size += chunk.length;
      hash.update(chunk);
    });
    contents.on('end', () => {
      file.sha256 = hash.digest('hex');
    });
    contents.on('error', () => {}); // the parser reports it
  });

  return {
    write: async (chunk: Buffer) => {
      if (broken) return;
      await new Promise<void>((resolve) => {
        parser.write(chunk, () => resolve());
      });
    },
    end: async () => {
      if (!broken) parser.end();
      await over;
      return problems;
    },
    destroy: () => {
      broken = true;
      parser.destroy();
    },
  };
}
