import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { S3Order, S3State } from './s3.ts';

/** An S3 in a process of its own, which takes its time for each answer. */
export interface DistantS3 {
  url: string;
  bucket: string;
  /** Sets by how much later each answer comes. @returns how many requests there were until now */
  delay(milliseconds: number): Promise<number>;
  close(): Promise<void>;
}

/** Starts an empty one. */
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
