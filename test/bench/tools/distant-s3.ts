import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { S3Order, S3State } from './s3.ts';

/** An S3 in its own process, which can delay its answers. */
export interface DistantS3 {
  url: string;
  bucket: string;
  /** Sets the delay of each answer. @returns the number of requests so far */
  delay(milliseconds: number): Promise<number>;
  close(): Promise<void>;
}

export async function startDistantS3(): Promise<DistantS3> {
  const child = fork(fileURLToPath(new URL('s3.ts', import.meta.url)));
  async function order(message: S3Order): Promise<S3State> {
    child.send(message);
    const [state] = (await once(child, 'message')) as [S3State];
    return state;
  }
  const { url } = await order({ delayMilliseconds: 0 });
  return {
    url,
    bucket: 'voices',
    delay: async (delayMilliseconds) => (await order({ delayMilliseconds })).requests,
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
