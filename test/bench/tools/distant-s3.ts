import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { selfSigned } from '../../support/certificate.ts';
import type { S3Order, S3State } from './s3.ts';

/** An S3 in its own process, which can delay its answers. */
export interface DistantS3 {
  url: string;
  bucket: string;
  /** The file of its certificate; undefined without TLS. */
  certificate: string | undefined;
  /** Sets the delay of each answer. @returns the number of requests so far */
  delay(milliseconds: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts an S3 in a process of its own.
 *
 * @param options.secure Whether it takes TLS, with a certificate of its own.
 */
export async function startDistantS3({ secure = false } = {}): Promise<DistantS3> {
  const folder = await mkdtemp(join(tmpdir(), 'callers-bench-tls-'));
  const files = secure ? [join(folder, 'key.pem'), join(folder, 'cert.pem')] : [];
  if (secure) {
    const { key, cert } = await selfSigned();
    for (const [index, content] of [key, cert].entries()) await writeFile(files[index] ?? '', content);
  }
  const child = fork(fileURLToPath(new URL('s3.ts', import.meta.url)), files);
  async function order(message: S3Order): Promise<S3State> {
    child.send(message);
    const [state] = (await once(child, 'message')) as [S3State];
    return state;
  }
  const { url } = await order({ delayMilliseconds: 0 });
  return {
    url,
    bucket: 'voices',
    certificate: files[1],
    delay: async (delayMilliseconds) => (await order({ delayMilliseconds })).requests,
    async close() {
      child.disconnect();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
